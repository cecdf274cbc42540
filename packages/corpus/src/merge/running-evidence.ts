import { type CorpusSample, MeanEValue } from '@countermark/detector/corpus';

/** A point of the running evidence. */
export interface EvidencePoint {
  /** Tokens of the shards so far. */
  readonly tokens: number;
  readonly log10EValue: number;
}

/**
 * The evidence of one key over shards, in an order that was fixed beforehand: it may be looked at after every shard.
 *
 * Two parts with equal weight. The sample's running e-value is a test martingale. And the sum over shards so far of the mean
 * e-value of a shard's documents, divided by the number of all shards, only grows and ends in an e-value, so it may be stopped
 * at, however documents depend on each other.
 */
export class RunningEvidence {
  readonly #shards: number;
  readonly #ofShards = new MeanEValue();

  /** @param shards how many there are to be. */
  constructor(shards: number) {
    this.#shards = shards;
  }

  /**
   * Adds a shard.
   *
   * @param documents the e-values of its documents.
   */
  add(documents: MeanEValue): void {
    this.#ofShards.add(documents.log10Mean());
  }

  /** log10 of the documents' part: never falls. */
  log10OfDocuments(): number {
    return this.#ofShards.log10Sum() - Math.log10(this.#shards);
  }

  /** log10 of both parts together. */
  log10EValue(sample: CorpusSample): number {
    const mean = new MeanEValue();
    mean.add(sample.log10EValue());
    mean.add(this.log10OfDocuments());
    return mean.log10Mean();
  }
}
