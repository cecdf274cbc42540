import type { Answer } from '../answers/answer.ts';
import { type BootstrapOptions, type Comparison, compareClusters } from './bootstrap.ts';
import { GRAMS, measureVariety, OPENINGS, type Variety } from './variety.ts';

/** Whose answers are compared with each other, beside unmarked ones. */
const MARKED_KINDS = ['one account', 'several accounts', 'several keys'] as const;

/** One account's answers under one key, those of a new account each, those under a new key each. */
export type MarkedKind = (typeof MARKED_KINDS)[number];

/** Answers to one prompt, as many and as long in tokens of every kind. */
export interface VarietyCluster {
  readonly unmarked: readonly Answer[];
  readonly marked: ReadonlyMap<MarkedKind, readonly Answer[]>;
}

/** A figure of one kind of answers over prompts. */
export interface VarietyFigure {
  /** `openings-8`: share of different beginnings of 8 tokens; `shared-6`: of 6-grams that another answer has; `compression`. */
  readonly name: string;
  /** The prompts' figures in the order of the prompts, marked and unmarked. */
  readonly marked: readonly number[];
  readonly unmarked: readonly number[];
  /** The means over prompts, with 95 % intervals that resample prompts. */
  readonly mean: Comparison;
}

/** How alike marked answers are, beside unmarked ones. */
export interface VarietyComparison {
  readonly prompts: number;
  /** Answers of each kind to a prompt. */
  readonly answers: number;
  /** Tokens of each: of the shortest, where a model's context was full. */
  readonly tokens: number;
  readonly kinds: readonly {
    readonly kind: MarkedKind;
    readonly figures: readonly VarietyFigure[];
  }[];
}

const FIGURES: readonly { readonly name: string; readonly of: (variety: Variety) => number }[] = [
  ...OPENINGS.map((length, i) => ({
    name: `openings-${length}`,
    of: ({ openings }: Variety) => openings[i] as number,
  })),
  ...GRAMS.map((length, i) => ({
    name: `shared-${length}`,
    of: ({ shared }: Variety) => shared[i] as number,
  })),
  { name: 'compression', of: ({ compression }) => compression },
];

/**
 * Compares how alike marked and unmarked answers to one prompt are, prompt by prompt.
 *
 * @param clusters at least two prompts, with equally many answers of each kind, of one length in tokens for a prompt.
 * @throws {RangeError} if they are not as described.
 */
export function compareVariety(
  clusters: readonly VarietyCluster[],
  options: BootstrapOptions,
): VarietyComparison {
  const answers = clusters[0]?.unmarked.length ?? 0;
  const lengths = clusters.map(({ unmarked }) => unmarked[0]?.tokenIds.length ?? 0);
  const isUneven = clusters.some(({ unmarked, marked }, i) =>
    [unmarked, ...marked.values()].some(
      (group) => group.length !== answers || group.some(({ tokenIds }) => tokenIds.length !== lengths[i]),
    ),
  );
  if (clusters.length < 2 || answers < 2 || isUneven) {
    throw new RangeError(
      '"clusters" expected two prompts or more, with equally many answers of each kind, two or more, of one length for a prompt',
    );
  }
  const unmarked = clusters.map((cluster) => measureVariety(cluster.unmarked));
  const kinds = MARKED_KINDS.filter((kind) => clusters.every(({ marked }) => marked.has(kind)));
  return {
    prompts: clusters.length,
    answers,
    tokens: Math.min(...lengths),
    kinds: kinds.map((kind) => {
      const marked = clusters.map((cluster) => measureVariety(cluster.marked.get(kind) ?? []));
      return {
        kind,
        figures: FIGURES.map(({ name, of }) => {
          const figures = { marked: marked.map(of), unmarked: unmarked.map(of) };
          return { name, ...figures, mean: compareClusters(figures.marked, figures.unmarked, options) };
        }),
      };
    }),
  };
}

/**
 * Returns the least figure that at least a share of the figures does not exceed.
 *
 * @param figures at least one.
 * @param share   0 … 1; 0 gives the least of all, 1 the most.
 */
export function quantileOf(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
}
