import { createScheme, type WatermarkKey } from '@countermark/watermark/scheme';
import { nullTailLog10 } from '../law/law-of.ts';
import { createWordBins } from '../likelihood/create-word-bins.ts';
import { EvidenceTally } from '../likelihood/evidence-tally.ts';
import { ThresholdSample, type ThresholdSampleOptions } from './threshold-sample.ts';

/** What a sample of a corpus's unique tuples says. */
export interface SampleTest {
  /** log10 of the p-value: exact, as for a document. */
  readonly log10PValue: number;
  /** Unique tuples in the sample: the n of the test. */
  readonly scored: number;
  /** Sum of their integer scores. */
  readonly sum: number;
  /** Standard deviations above the null mean; an effect size, never the decision. */
  readonly zScore: number;
  /** The sample is a share of 2^-level of the corpus's unique tuples. */
  readonly level: number;
}

/**
 * Unites the samples of a corpus's shards, and tests them as one.
 *
 * H₀: the corpus was produced without access to the key. Which tuples are in the sample depends on no score, and each is in it
 * once, so their words are independent and uniform and the tests are exact however the corpus repeats itself.
 */
export class CorpusSample {
  readonly #key: WatermarkKey;
  readonly #sample: ThresholdSample;
  readonly #evidence: EvidenceTally;

  /** Starts empty. */
  constructor(key: WatermarkKey, options: ThresholdSampleOptions = {}) {
    this.#key = key;
    this.#sample = new ThresholdSample(options);
    this.#evidence = new EvidenceTally(createWordBins(key.params.scheme));
  }

  /** Adds a shard's sample. A tuple's evidence is counted when it is new, and stays although the level may rise. */
  merge(shard: ThresholdSample): void {
    const words: number[] = [];
    this.#sample.merge(shard, (word) => words.push(word));
    this.#evidence.add(Uint32Array.from(words), words.length);
  }

  /**
   * Computes log10 of the running e-value, a test martingale over tuples in the order in which they came: it may be looked at
   * after every shard, and stopped at, as long as the order of the shards was fixed beforehand.
   */
  log10EValue(): number {
    return this.#evidence.log10EValue();
  }

  /** Tests what is there. Looking again after more shards, and stopping where p is small, is no valid rule. */
  test(): SampleTest {
    const words = this.#sample.values();
    const scheme = createScheme(this.#key.params.scheme);
    const scored = words.length;
    const sum = scheme.sumScores(words, scored);
    const deviation = scheme.nullDeviation * Math.sqrt(scored);
    return {
      log10PValue: nullTailLog10(scheme.nullLaw, scored, sum),
      scored,
      sum,
      zScore: scored === 0 ? 0 : (sum - scored * scheme.nullMean) / deviation,
      level: this.#sample.level,
    };
  }
}
