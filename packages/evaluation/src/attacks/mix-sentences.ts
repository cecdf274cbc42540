import { sentencesOf } from '../text/sentences.ts';
import type { AttackedText } from './attack.ts';
import { chooseUnits } from './share.ts';
import { passageBeside } from './unmarked-passage.ts';

/**
 * Mixes sentences of an unmarked passage among those of a text. All of the text stays, in its order, and so does the
 * passage; how they alternate is random, every way as likely as any other.
 *
 * @param strength  unmarked share of the words of the result, 0 … 0.99; rounded to whole words.
 * @param random    yields uniform numbers in (0, 1).
 * @param sentences unmarked ones, at least one with a word.
 * @throws {RangeError} if the strength is out of range.
 */
export function mixSentences(
  text: string,
  strength: number,
  random: () => number,
  sentences: readonly string[],
): AttackedText {
  const { sentences: foreign, touched } = passageBeside(text, strength, sentences, random);
  if (foreign.length === 0) return { text, touched };
  const marked = sentencesOf(text);
  const places = chooseUnits(marked.length + foreign.length, foreign.length, random);
  const mixed: string[] = [];
  for (let i = 0, f = 0; i < marked.length + foreign.length; i++) {
    const sentence = places.has(i) ? foreign[f++] : marked[i - f];
    // What ends without white space would join the next word.
    if (mixed.length > 0 && !/\s$/u.test(mixed.at(-1) ?? '')) mixed.push(' ');
    mixed.push(sentence ?? '');
  }
  return { text: mixed.join(''), touched };
}
