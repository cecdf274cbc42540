import { countWords, wordSpans } from '../text/words.ts';
import { shareOf } from './share.ts';

/** Unmarked sentences for a text, and the share of the words of both that they are. */
export interface UnmarkedPassage {
  /** Each ending in white space; none where not one word was asked for. */
  readonly sentences: readonly string[];
  readonly touched: number;
}

/**
 * Takes the unmarked sentences that make a share of the words of a text and themselves.
 *
 * @param text      what they are put beside.
 * @param share     0 … 0.99; rounded to whole words.
 * @param sentences each with the white space behind it, at least one with a word.
 * @param random    yields uniform numbers in (0, 1).
 * @throws {RangeError} if the share is out of range.
 */
export function passageBeside(
  text: string,
  share: number,
  sentences: readonly string[],
  random: () => number,
): UnmarkedPassage {
  const own = countWords(text);
  const words = unmarkedWordsFor(share, own);
  return { sentences: unmarkedPassage(sentences, words, random), touched: shareOf(words, words + own) };
}

/**
 * Takes neighbouring sentences from unmarked text, from a random one on; behind the last comes the first again.
 *
 * @param sentences each with the white space behind it, at least one with a word.
 * @param words     how many words together; the last sentence is cut to give exactly that.
 * @param random    yields uniform numbers in (0, 1).
 * @returns the sentences, each ending in white space.
 */
function unmarkedPassage(sentences: readonly string[], words: number, random: () => number): string[] {
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
function unmarkedWordsFor(share: number, own: number): number {
  if (!(share >= 0 && share <= 0.99)) {
    throw new RangeError(`"strength" expected 0 <= strength <= 0.99, got ${share}`);
  }
  return Math.round((own * share) / (1 - share));
}
