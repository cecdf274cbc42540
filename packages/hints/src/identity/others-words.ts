/** Tells words that a text reports, quotes or is asked to work on from words that it says itself. */

// How far back a quotation, a request or a dialogue is looked for.
const PARAGRAPH = 600;
const DIALOGUE = 2000;
const LEAD = 160;

const PAIRS: Readonly<Record<string, string>> = {
  '“': '”',
  '„': '“”',
  '«': '»',
  '‹': '›',
  '「': '」',
  '『': '』',
  '‘': '’',
  '《': '》',
};
const CLOSING = new Set(Object.values(PAIRS).flatMap((marks) => [...marks]));

// A turn of a dialogue: who speaks, and a colon.
const SPEAKER =
  /^[ \t>*_#-]{0,6}(?:user|human|person|customer|client|visitor|student|interviewer|me|you|ai|bot|chat ?bot|assistant|model|agent|system|speaker|q|a|question|answer|chatgpt|claude|gemini|grok|gpt-?\d?|usuario|utilisateur|nutzer|benutzer|utente|usuário|asistente|assistent|пользователь|ассистент|用户|助手|ユーザー)[ \t]?\d{0,2}[*_]{0,2}[ \t]?[:：]/gimu;

// Somebody asks for a translation or for words, and these are what it is about.
const REQUEST =
  /(?:translat\w{1,5}|how (?:do|would|can) (?:you|i) say|correct the (?:grammar|spelling)|rephrase|paraphrase|rewrite|proofread|write (?:a|an|the|me)\b[^.!?\n]{0,80}\b(?:say|says|saying|claims|sentence)|the (?:sentence|phrase|prompt|line|words|text|string)|example (?:output|answer|response)|(?:the|its|his|her|their) (?:output|reply|answer|response) (?:was|is|reads|read)|tradui[rst]\w{0,4}|traduc\w{1,5}|traduz\w{0,5}|tradur\w{1,3}|übersetz\w{0,4}|vertaal\w{0,2}|przetłumacz\w{0,3}|перевед\w{0,4}|переклад\p{L}{0,4}|přelož\p{L}{0,3}|översätt\p{L}{0,2}|oversæt\p{L}{0,2}|oversett\p{L}{0,2}|käännä|fordítsd|traduceți|terjemahkan|dịch|çevir\p{L}{0,4}|翻译|翻譯|翻訳|번역|ترجم|अनुवाद)[^.!?。！？\n]{0,90}$/iu;

// Somebody else said it, or nobody did.
const REPORTED =
  /(?:replie[sd]|reply|answer(?:s|ed)?|wrote|writes|typed|says?|said|whisper(?:s|ed)|stat(?:es|ed)|respond(?:s|ed)|declar(?:es|ed)|insist(?:s|ed)|pretend(?:s|ed|ing)?|told (?:me|us|him|her|them)|asks?|asked|no evidence|not? (?:true|certain|sure|proof)|(?:can(?:not|['’]t)|could not|couldn['’]t) (?:confirm|say|claim|verify)|wrong to (?:say|claim|think)|deny|denies|denied|doubt|(?:don['’]t|do not|doesn['’]t|does not|didn['’]t|did not) (?:think|believe|claim|say|mean)|never (?:said|claimed)|unlikely|imagine|suppose)(?: that)?[,:]?[ \t]{0,2}$/iu;

/**
 * Returns whether what stands at a place is not the text's own word: a quotation, a block of `>`, code, a turn of a dialogue that it
 * shows, what it was asked to translate, or what it reports. A text that is a quotation as a whole is its own.
 *
 * @param start where a claim begins; `end`: where it ends.
 */
export function isOthersWords(text: string, start: number, end: number): boolean {
  const lead = paragraphBefore(text, start);
  return (
    isBlock(text, start) ||
    (isQuoted(lead, text.slice(end, end + PARAGRAPH)) && !isWholeQuotation(text)) ||
    REQUEST.test(lead.slice(-LEAD)) ||
    REPORTED.test(lead.slice(-LEAD)) ||
    isDialogue(text, start)
  );
}

function paragraphBefore(text: string, start: number): string {
  const lead = text.slice(Math.max(0, start - PARAGRAPH), start);
  const from = lead.lastIndexOf('\n\n');
  return from < 0 ? lead : lead.slice(from + 2);
}

function isBlock(text: string, start: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start + 1);
  return /^[ \t]{0,8}>/.test(line);
}

// Marks that are open at the end of a lead. Straight ones open and close by turns.
function isQuoted(lead: string, rest: string): boolean {
  const open: string[] = [];
  let straight = 0;
  let ticks = 0;
  for (let at = 0; at < lead.length; at++) {
    const mark = lead.charAt(at);
    if (mark === '"') straight++;
    else if (mark === '`') ticks++;
    else {
      const top = open.at(-1);
      if (top !== undefined && PAIRS[top]?.includes(mark) === true) open.pop();
      else if (mark === '»' && top === undefined) open.push('»');
      else if (mark === '«' && top === '»') open.pop();
      else if (PAIRS[mark] !== undefined) open.push(mark);
    }
  }
  if (straight % 2 === 1 || ticks % 2 === 1) return true;
  const last = open.at(-1);
  if (last !== undefined) return last !== '‘' || rest.includes('’');
  return /(?:^|[\s(:])'$/.test(lead) && rest.includes("'");
}

function isWholeQuotation(text: string): boolean {
  const trimmed = text.trim();
  const first = trimmed.charAt(0);
  const last = trimmed.charAt(trimmed.length - 1);
  if (first === '"') return last === '"' && trimmed.indexOf('"', 1) === trimmed.length - 1;
  const closing = PAIRS[first];
  if (closing === undefined || !closing.includes(last)) return false;
  return ![...trimmed.slice(1, -1)].some((mark) => CLOSING.has(mark));
}

// Two turns or more, one of them the claim's own line.
function isDialogue(text: string, start: number): boolean {
  const from = Math.max(0, start - DIALOGUE);
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const around = text.slice(from, start + DIALOGUE);
  const turns = Array.from(around.matchAll(SPEAKER), (match) => from + match.index);
  return turns.length > 1 && turns.some((turn) => turn >= lineStart - 1 && turn <= start);
}
