import { wordSpans } from '../text/words.ts';

/**
 * Takes neighbouring sentences from unmarked text, from a random one on; behind the last comes the first again.
 *
 * @param sentences each with the white space behind it, at least one with a word.
 * @param words     how many words together; the last sentence is cut to give exactly that.
 * @param random    yields uniform numbers in (0, 1).
 * @returns the sentences, each ending in white space.
 */
export function unmarkedPassage(sentences: readonly string[], words: number, random: () => number): string[] {
  const passage: string[] = [];
  let at = Math.floor(sentences.length * random());
  for (let left = words; left > 0; at = (at + 1) % sentences.length) {
    const sentence = sentences[at] as string;
    const spans = wordSpans(sentence);
    if (spans.length === 0) continue;
    const end = spans.length <= left ? sentence.length : (spans[left - 1]?.end ?? 0);
    const taken = sentence.slice(0, end);
    passage.push(/\s$/u.test(taken) ? taken : `${taken} `);
    left -= spans.length;
  }
  return passage;
}

/**
 * Returns how many unmarked words make a share of a text that has `own` others.
 *
 * @throws {RangeError} if the share is not in 0 … 0.99: all of a text cannot be unmarked with the marked part still in it.
 */
export function unmarkedWordsFor(share: number, own: number): number {
  if (!(share >= 0 && share <= 0.99)) {
    throw new RangeError(`"strength" expected 0 <= strength <= 0.99, got ${share}`);
  }
  return Math.round((own * share) / (1 - share));
}
