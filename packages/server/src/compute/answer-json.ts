/** JSON as a thread answers it: text, or a long one as UTF-8, which is moved to the event loop and sent as it is. */
export type AnswerJson = string | Uint8Array<ArrayBuffer>;

/** Characters of JSON that is worth a buffer of its own. */
const LONG = 16_384;

/** Writes JSON in the thread that has the value. */
export function answerJson(value: object): AnswerJson {
  const text = JSON.stringify(value);
  return text.length < LONG ? text : new TextEncoder().encode(text);
}
