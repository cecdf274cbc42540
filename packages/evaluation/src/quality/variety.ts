/** How alike several answers to one prompt are. */
import { deflateSync } from 'node:zlib';
import type { Answer } from '../answers/answer.ts';
import { gramsOf } from './diversity.ts';

/** Lengths of beginnings that are compared, in tokens. */
export const OPENINGS: readonly number[] = [4, 8, 16, 32];

/** Lengths of n-grams that are looked for in other answers, in tokens. */
export const GRAMS: readonly number[] = [4, 6];

/** Figures of the answers to one prompt. All depend on how many answers there are and how long: compare equal ones only. */
export interface Variety {
  /** Share of different beginnings among the answers, one for each of {@link OPENINGS}: 1 where no two begin alike. */
  readonly openings: readonly number[];
  /** Mean over answers of the share of their n-grams that at least one other answer has too, one for each of {@link GRAMS}. */
  readonly shared: readonly number[];
  /**
   * Bytes of all texts one behind the other over their bytes after deflate at level 9: larger where answers repeat each other or themselves.
   * It says what self-BLEU says, for less: Shaib et al., "Standardizing the measurement of text diversity", arXiv 2403.00553.
   */
  readonly compression: number;
}

/**
 * Measures how alike answers are.
 *
 * @param answers at least two, all of one length in tokens.
 * @throws {RangeError} if there are fewer, or lengths differ.
 */
export function measureVariety(answers: readonly Answer[]): Variety {
  const lengths = new Set(answers.map(({ tokenIds }) => tokenIds.length));
  if (answers.length < 2 || lengths.size !== 1) {
    throw new RangeError(
      `"answers" expected two or more of one length, got ${answers.length} of ${lengths.size} lengths`,
    );
  }
  const ids = answers.map(({ tokenIds }) => tokenIds);
  const bytes = Buffer.from(answers.map(({ text }) => text).join('\n'));
  return {
    openings: OPENINGS.map(
      (length) => new Set(ids.map((each) => each.subarray(0, length).join(' '))).size / ids.length,
    ),
    shared: GRAMS.map((length) => sharedGrams(ids, length)),
    compression: bytes.length / deflateSync(bytes, { level: 9 }).length,
  };
}

function sharedGrams(answers: readonly Uint32Array[], n: number): number {
  const grams = answers.map((answer) => gramsOf(answer, n));
  const holders = new Map<string, number>();
  for (const list of grams) {
    for (const gram of new Set(list)) holders.set(gram, (holders.get(gram) ?? 0) + 1);
  }
  const shares = grams.map((list) =>
    list.length === 0 ? 0 : list.filter((gram) => (holders.get(gram) ?? 0) > 1).length / list.length,
  );
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
