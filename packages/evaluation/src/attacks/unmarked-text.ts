import { sentencesOf } from '../text/sentences.ts';
import { wordSpans } from '../text/words.ts';
import type { AttackResources } from './attack.ts';

/**
 * Prepares a text without a mark for the attacks that need one.
 *
 * @throws {RangeError} if it has no word.
 */
export function unmarkedText(text: string): Pick<AttackResources, 'unmarkedSentences' | 'unmarkedWords'> {
  const unmarkedWords = wordSpans(text).map(({ start, end }) => text.slice(start, end));
  if (unmarkedWords.length === 0) throw new RangeError('"text" expected at least one word, got none');
  return { unmarkedSentences: sentencesOf(text), unmarkedWords };
}
