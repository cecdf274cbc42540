import type { AttackedText } from './attack.ts';
import { passageBeside } from './unmarked-passage.ts';

/**
 * Pastes a text whole into an unmarked document, between two of its sentences, every place as likely as any other.
 *
 * @param strength  unmarked share of the words of the result, 0 … 0.99; rounded to whole words.
 * @param random    yields uniform numbers in (0, 1).
 * @param sentences unmarked ones, at least one with a word.
 * @throws {RangeError} if the strength is out of range.
 */
export function splicePassage(
  text: string,
  strength: number,
  random: () => number,
  sentences: readonly string[],
): AttackedText {
  const { sentences: document, touched } = passageBeside(text, strength, sentences, random);
  if (document.length === 0) return { text, touched };
  const place = Math.floor((document.length + 1) * random());
  const behind = document.slice(place).join('');
  return {
    text: `${document.slice(0, place).join('')}${text}${behind === '' || /\s$/u.test(text) ? '' : ' '}${behind}`,
    touched,
  };
}
