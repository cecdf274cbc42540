import { DetectorError } from '../errors.ts';
import { type ProbabilitySource, WeightedScores } from './weighted-scores.ts';

/** How likely each token of a document was, from something that knows nothing of the key. */
export interface TokenProbabilities {
  /** `[n]`, one for each token, 0 … 1. Not retained. */
  readonly values: ArrayLike<number>;
  /** Whose they are (default `known`). */
  readonly source?: ProbabilitySource;
}

/** What the tokens of a document weigh. */
export interface TokenWeights {
  readonly scores: WeightedScores;
  /** Uint8Array `[n]`, the class of each token's probability. */
  readonly classes: Uint8Array;
}

/** Keeps one table of scores for each source. */
export class WeightTables {
  readonly #tables = new Map<ProbabilitySource, WeightedScores>();

  /**
   * Classifies the probabilities of a document's tokens.
   *
   * @param given  the probabilities.
   * @param tokens how many tokens there are, n.
   * @throws {DetectorError} `probabilities-unusable` if there are more or fewer, or naming the first that is none.
   * @throws {RangeError} if the source is none.
   */
  weigh({ values, source = 'known' }: TokenProbabilities, tokens: number): TokenWeights {
    if (source !== 'known' && source !== 'proxy') {
      throw new RangeError(`"source" expected known or proxy, got ${String(source)}`);
    }
    if (values.length !== tokens) {
      throw new DetectorError(
        'probabilities-unusable',
        `there are ${values.length} probabilities for ${tokens} tokens`,
      );
    }
    const scores = this.#tables.get(source) ?? new WeightedScores(source);
    this.#tables.set(source, scores);
    const classes = new Uint8Array(tokens);
    for (let i = 0; i < tokens; i++) {
      const value = values[i];
      if (typeof value !== 'number' || !(value >= 0 && value <= 1)) {
        throw new DetectorError('probabilities-unusable', `the value at position ${i} is not a probability`);
      }
      classes[i] = scores.classOf(value);
    }
    return { scores, classes };
  }
}
