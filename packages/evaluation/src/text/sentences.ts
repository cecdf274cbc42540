/**
 * Divides a text into sentences, each with the white space behind it: joined, they are the text again.
 *
 * A sentence ends at `.`, `!` or `?`, closing quotation marks and brackets included, where white space follows. Abbreviations
 * therefore end one too: good enough for places to cut at.
 */
export function sentencesOf(text: string): string[] {
  return text.match(/[\s\S]*?(?:[.!?]["'”’)\]]*\s+|$)/g)?.filter((sentence) => sentence !== '') ?? [];
}
