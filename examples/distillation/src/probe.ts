/** One way to audit a student: what it is asked for, what weighs its words, and whether only served contexts count. */
import type { AuditAccess, AuditRecord, Prediction } from '@countermark/audit';
import type { PromptedAnswer } from './answer-file.ts';

/**
 * What weighs the words at a context: the token drawn, or the likeliest one, with 1; the probabilities of the five or twenty likeliest; these less the reference's.
 */
export type Weights = 'drawn' | 'top' | 'five' | 'twenty' | 'five-less' | 'twenty-less';

/** What the tokens come from: the student's answers, or marked answers that it reads, served to it or not. */
export type Depth = 'answers' | 'served' | 'unseen';

/** One way to audit. */
export interface Probe {
  readonly depth: Depth;
  readonly weights: Weights;
  /** Whether contexts count only if they were served. */
  readonly filter: boolean;
}

/** All ways. Whoever reads served answers needs no filter. */
export const PROBES: readonly Probe[] = [
  ...[false, true].flatMap((filter) =>
    (['drawn', 'five', 'twenty', 'five-less', 'twenty-less'] as const).map(
      (weights): Probe => ({ depth: 'answers', weights, filter }),
    ),
  ),
  ...(['served', 'unseen'] as const).flatMap((depth) =>
    (['top', 'twenty', 'twenty-less'] as const).map((weights): Probe => ({ depth, weights, filter: false })),
  ),
];

/** Ways to audit students that are not of the main series. */
export const FEWER_PROBES: readonly Probe[] = [
  { depth: 'answers', weights: 'drawn', filter: true },
  { depth: 'answers', weights: 'five', filter: true },
  { depth: 'answers', weights: 'twenty-less', filter: true },
  { depth: 'served', weights: 'top', filter: false },
  { depth: 'served', weights: 'twenty', filter: false },
  { depth: 'served', weights: 'twenty-less', filter: false },
];

/** How the audit takes the tokens of a depth. */
export function accessOf(depth: Depth): AuditAccess {
  return depth === 'answers' ? 'answers' : 'reading';
}

/** Makes the record of an answer for a probe. */
export function recordOf(
  { prompt, answer, predictions, reference }: PromptedAnswer,
  weights: Weights,
): AuditRecord {
  const record = { before: [prompt], tokenIds: answer };
  if (weights === 'drawn') return record;
  const counted = (list: readonly Prediction[] | undefined): (Prediction | undefined)[] =>
    Array.from(answer, (_, at) => cut(list?.[at], weights));
  return {
    ...record,
    predictions: counted(predictions),
    ...(weights.endsWith('-less') ? { reference: counted(reference) } : {}),
  };
}

function cut(list: Prediction | undefined, weights: Weights): Prediction | undefined {
  if (weights === 'top') return list?.slice(0, 1).map(([top]) => [top, 1] as const);
  return weights.startsWith('five') ? list?.slice(0, 5) : list;
}
