import { type LanguageModel, tokenProbabilities } from '@countermark/watermark';
import { type BootstrapOptions, type Comparison, compareClusters } from './bootstrap.ts';
import { distinctGrams, selfOverlap } from './diversity.ts';

/** Answers to one prompt, marked under one key and unmarked: what intervals resample. */
export interface AnswerCluster {
  /** Uint32Array `[m]`, m ≥ 1: what a model reads the answers after. */
  readonly prompt: Uint32Array;
  /** Token ids, at least two answers. */
  readonly marked: readonly Uint32Array[];
  /** As many. */
  readonly unmarked: readonly Uint32Array[];
}

/** What a mark does to answers. Intervals are 95 %, over clusters of one prompt and one key. */
export interface Quality {
  readonly clusters: number;
  /** Answers of each kind in a cluster. */
  readonly answers: number;
  /** Tokens of each answer that were compared: the shortest's. */
  readonly tokens: number;
  /** Mean of −ln p in nats a token; perplexity is its exponential. */
  readonly logPerplexity: Comparison;
  /** Share of different n-grams among those of a cluster's answers, for n = 1 … 4. */
  readonly distinct: readonly [Comparison, Comparison, Comparison, Comparison];
  /** Share of an answer's 4-grams that another of its cluster has. */
  readonly overlap: Comparison;
}

/** How quality is compared. */
export interface QualityOptions extends BootstrapOptions {
  /** Told after each cluster. */
  readonly onProgress?: (clusters: number) => void;
  readonly signal?: AbortSignal;
}

const OVERLAP_GRAM = 4;

/**
 * Compares marked answers with unmarked ones.
 *
 * Answers to one prompt under one key are dependent, so they are one cluster with one figure. All answers are cut to the
 * shortest's length first: distinct n-grams and overlap depend on it.
 *
 * @param clusters at least two, with equal numbers of answers.
 * @param model    whose probabilities perplexity is of, at temperature 1 and without truncation.
 * @throws {RangeError} if the clusters are not as described, or the model refuses a prompt.
 */
export async function compareQuality(
  clusters: readonly AnswerCluster[],
  model: LanguageModel,
  options: QualityOptions,
): Promise<Quality> {
  const { onProgress, signal } = options;
  const all = clusters.flatMap(({ marked, unmarked }) => [...marked, ...unmarked]);
  const answers = clusters[0]?.marked.length ?? 0;
  const uneven = clusters.some(
    ({ marked, unmarked }) => marked.length !== answers || unmarked.length !== answers,
  );
  if (answers < 2 || uneven) {
    throw new RangeError(
      '"clusters" expected at least two answers of each kind, equally many in each cluster',
    );
  }
  const tokens = Math.min(...all.map(({ length }) => length));
  if (tokens === 0)
    throw new RangeError('"clusters" expected answers of at least one token, got an empty one');
  const even = clusters.map(({ prompt, marked, unmarked }) => ({
    prompt,
    marked: marked.map((ids) => ids.subarray(0, tokens)),
    unmarked: unmarked.map((ids) => ids.subarray(0, tokens)),
  }));
  const compare = (figure: (answers: readonly Uint32Array[]) => number): Comparison =>
    compareClusters(
      even.map(({ marked }) => figure(marked)),
      even.map(({ unmarked }) => figure(unmarked)),
      options,
    );
  const surprise = { marked: [] as number[], unmarked: [] as number[] };
  for (const [i, { prompt, marked, unmarked }] of even.entries()) {
    surprise.marked.push(await meanSurprise(model, marked, prompt, signal));
    surprise.unmarked.push(await meanSurprise(model, unmarked, prompt, signal));
    onProgress?.(i + 1);
  }
  return {
    clusters: clusters.length,
    answers,
    tokens,
    logPerplexity: compareClusters(surprise.marked, surprise.unmarked, options),
    distinct: [
      compare((ids) => distinctGrams(ids, 1)),
      compare((ids) => distinctGrams(ids, 2)),
      compare((ids) => distinctGrams(ids, 3)),
      compare((ids) => distinctGrams(ids, 4)),
    ],
    overlap: compare((ids) => selfOverlap(ids, OVERLAP_GRAM)),
  };
}

// Mean of −ln p over all tokens of the answers.
async function meanSurprise(
  model: LanguageModel,
  answers: readonly Uint32Array[],
  prompt: Uint32Array,
  signal: AbortSignal | undefined,
): Promise<number> {
  let sum = 0;
  let count = 0;
  for (const tokenIds of answers) {
    const probabilities = await tokenProbabilities(model, tokenIds, {
      prompt,
      ...(signal === undefined ? {} : { signal }),
    });
    for (const probability of probabilities) sum -= Math.log(probability);
    count += probabilities.length;
  }
  return sum / count;
}
