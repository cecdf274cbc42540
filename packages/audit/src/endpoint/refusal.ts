/** How models open a refusal, in a few languages. It counts answers for the reader of a report, and decides nothing. */
const OPENINGS: readonly RegExp[] = [
  /^(?:i['’]?m|i am) (?:very |really |so )?sorry\b/,
  /^(?:sorry|apologies|my apologies|i apologi[sz]e)\b/,
  /^(?:i|we) (?:can['’]?t|cannot|can not|won['’]?t|will not|am unable to|are unable to|am not able to|must decline)\b/,
  /^as an? (?:ai|large|language)\b.{0,80}\b(?:can['’]?t|cannot|unable|not able)/,
  /^(?:unfortunately|regrettably), (?:i|we) (?:can['’]?t|cannot|am unable)/,
  /^(?:es tut mir leid|tut mir leid|entschuldigung|ich kann (?:dabei|dir|ihnen|das|diese[rn]?) .{0,40}nicht)/,
  /^(?:je suis désolé|désolé|je ne peux pas)/,
  /^(?:lo siento|lamento|no puedo)/,
  /^(?:desculpe|sinto muito|não posso)/,
  /^(?:mi dispiace|non posso)/,
  /^(?:抱歉|很抱歉|对不起|我无法|我不能)/,
  /^(?:申し訳|すみません)/,
];

/** Whether a text opens as refusals do. */
export function opensAsRefusal(text: string): boolean {
  const opening = text.slice(0, 200).trim().toLowerCase();
  return OPENINGS.some((pattern) => pattern.test(opening));
}
