/** Model collapse in numbers: how varied the answers of each generation are. */
import { distinctGrams, selfOverlap } from '@countermark/evaluation';
import { measureDiversity } from '@countermark/hints';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { PromptedAnswer } from './answer-file.ts';

/** How varied one generation's answers are. */
export interface DiversityRow {
  readonly generation: string;
  readonly answers: number;
  /** Share of different n-grams of tokens, for n = 1 … 4. */
  readonly distinct: readonly number[];
  /** Entropy of single tokens, bits. */
  readonly tokenBits: number;
  /** Mean share of an answer's 4-grams that another one has, over pairs. */
  readonly overlap: number;
  /** Bytes of text over bytes after deflate. */
  readonly compression: number | null;
}

const ANSWERS = 256;

/** Measures the first 256 answers: all figures depend on how many there are, so generations are compared at one number. */
export function diversityOf(
  generation: string,
  answers: readonly PromptedAnswer[],
  tokenizer: Tokenizer,
): DiversityRow {
  const ids = answers.slice(0, ANSWERS).map(({ answer }) => answer);
  return {
    generation,
    answers: ids.length,
    distinct: [1, 2, 3, 4].map((n) => distinctGrams(ids, n)),
    tokenBits: tokenBits(ids),
    overlap: selfOverlap(ids, 4),
    compression: measureDiversity(ids.map((each) => tokenizer.decode(each))).compression,
  };
}

function tokenBits(answers: readonly Uint32Array[]): number {
  const counts = new Map<number, number>();
  for (const answer of answers) for (const id of answer) counts.set(id, (counts.get(id) ?? 0) + 1);
  const total = answers.reduce((sum, { length }) => sum + length, 0);
  return [...counts.values()].reduce((sum, count) => sum - (count / total) * Math.log2(count / total), 0);
}
