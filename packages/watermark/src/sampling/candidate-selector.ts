import { WatermarkError } from '../errors.ts';
import type { Candidates } from './candidates.ts';
import { checkLogits } from './check-logits.ts';
import { BLOCK_SIZE, type LogitsEngine, type Rank } from './logits-engine.ts';
import { type PlainDraw, plainSample } from './plain-sample.ts';
import { Ranking } from './ranking.ts';
import { checkPositiveInteger, completeOptions, type SamplingOptions } from './sampling-options.ts';
import { createScalarEngine } from './scalar-engine.ts';
import { END, START, Tail } from './tail.ts';
import { createWasmEngine } from './wasm-engine.ts';
import { createScale, type WeightScale } from './weight.ts';

export type { SamplingOptions };

/** How a {@link CandidateSelector} computes. */
export interface CandidateSelectorOptions {
  /**
   * 'wasm' needs WebAssembly SIMD and 'scalar' does not; both give the same bits. By default the first where the
   * host has it.
   */
  readonly engine?: 'wasm' | 'scalar';
}

// Nuclei are mostly small: so many tokens are looked at before as many as may become candidates.
const SMALL_NUCLEUS = 256;

/**
 * Turns the raw logits of one step into the candidates of a watermark scheme, or into a plain draw.
 *
 * A few passes over the vocabulary with four tokens at a time, and double precision for the candidates. The result
 * does not depend on the machine; the ranking is exact. Holds about 4 bytes a token, 32 bytes a candidate and half a
 * megabyte, and allocates only when `maxCandidates` grows.
 */
export class CandidateSelector {
  /** Number of tokens. */
  readonly vocabSize: number;
  /** Which engine was taken. */
  readonly engine: 'wasm' | 'scalar';
  readonly #engine: LogitsEngine;
  readonly #ranking: Ranking;
  readonly #tail: Tail;
  readonly #drawTail = (uniform: number): number => this.#tail.draw(uniform);
  #scale: WeightScale = { maximum: 0, factor: 1, floor: 0 };

  /**
   * Allocates the buffers for one vocabulary.
   *
   * @param vocabSize number of tokens, an integer >= 1.
   * @param options   see {@link CandidateSelectorOptions}.
   * @throws {RangeError} if `vocabSize` is not a positive integer.
   * @throws {WatermarkError} `engine-unavailable` if `engine` is 'wasm' on a host without it.
   */
  constructor(vocabSize: number, options: CandidateSelectorOptions = {}) {
    checkPositiveInteger('vocabSize', vocabSize);
    const wasm = options.engine === 'scalar' ? undefined : createWasmEngine(vocabSize);
    if (options.engine === 'wasm' && wasm === undefined)
      throw new WatermarkError('engine-unavailable', 'this host has no WebAssembly SIMD');
    this.vocabSize = vocabSize;
    this.engine = wasm === undefined ? 'scalar' : 'wasm';
    this.#engine = wasm ?? createScalarEngine(vocabSize);
    this.#ranking = new Ranking(this.#engine);
    this.#tail = new Tail(this.#engine);
  }

  /**
   * Selects the candidates of one step.
   *
   * Which tokens top-p keeps is decided by masses with a relative error below 3e-7, all of it from tokens behind the
   * first few hundred: where these are all there are, double precision decides.
   *
   * @param logits  Float32Array, at least `[vocabSize]`, raw logits before temperature; -Infinity marks a token that
   *                must not be chosen. Entries past the vocabulary (padding) are ignored. Not changed, not retained.
   * @param options see {@link SamplingOptions}.
   * @returns candidates and tail, valid until the next call.
   * @throws {RangeError} if there are fewer logits than tokens, or an option is out of range.
   * @throws {WatermarkError} `invalid-logits` if one is NaN or +Infinity, or all are -Infinity.
   */
  select(logits: Float32Array, options: SamplingOptions = {}): Candidates {
    const { temperature, topK, topP, maxCandidates } = completeOptions(options, this.vocabSize);
    this.#load(logits, temperature);
    const ranking = this.#ranking;
    if (topK <= maxCandidates && (topK < this.vocabSize || topP === 1)) {
      ranking.takeHead(topK, false);
      this.#engine.blockSums.fill(0);
      const kept = Math.min(topK, ranking.headSize);
      const reached = topP === 1 ? kept : this.#reach(topP * this.#headMass(kept), kept);
      return this.#finish(reached ?? kept, maxCandidates);
    }
    ranking.takeHead(topP === 1 ? maxCandidates : Math.min(maxCandidates, SMALL_NUCLEUS), true);
    const upTo = this.#cutAtCount(topK);
    if (topP < 1) return this.#cutAtMass(topP, topK, upTo, maxCandidates);
    return this.#finish(Math.min(topK, ranking.headSize), maxCandidates, upTo);
  }

  /**
   * Draws a token without any mark, from the distribution that {@link select} describes.
   *
   * Without truncation no token is ranked: the passes are a maximum, a sum and the search of one uniform in it.
   *
   * @param logits  as for {@link select}.
   * @param options as for {@link select}; `maxCandidates` has no influence on the distribution.
   * @param uniform a fresh uniform number, 0 <= uniform < 1.
   * @returns a token id.
   * @throws {RangeError} as {@link select} does, and if `uniform` is outside [0, 1).
   * @throws {WatermarkError} as {@link select} does.
   */
  sample(logits: Float32Array, options: SamplingOptions, uniform: number): number {
    const { temperature, topK, topP } = completeOptions(options, this.vocabSize);
    if (topK < this.vocabSize || topP < 1) return plainSample(this.select(logits, options), uniform);
    this.#load(logits, temperature);
    this.#engine.split(this.#scale, Number.POSITIVE_INFINITY);
    this.#tail.set(this.#scale, START, END);
    return this.#tail.draw(uniform);
  }

  /**
   * Draws as {@link sample} does, for callers that go on to ask how likely the token was.
   *
   * @throws as {@link sample} does.
   */
  draw(logits: Float32Array, options: SamplingOptions, uniform: number): PlainDraw {
    const { topK, topP } = completeOptions(options, this.vocabSize);
    if (topK === this.vocabSize && topP === 1) {
      return {
        tokenId: this.sample(logits, options, uniform),
        candidates: () => this.select(logits, options),
      };
    }
    const candidates = this.select(logits, options);
    return { tokenId: plainSample(candidates, uniform), candidates: () => candidates };
  }

  /**
   * Finds the likeliest token; of several, the one with the smallest id.
   *
   * @param logits as for {@link select}.
   * @returns a token id.
   * @throws {RangeError} if there are fewer logits than tokens.
   * @throws {WatermarkError} as {@link select} does.
   */
  greedy(logits: Float32Array): number {
    this.#load(logits, 1);
    const engine = this.#engine;
    engine.reserve(1);
    engine.gather(this.#scale.maximum, Number.POSITIVE_INFINITY, 0);
    return engine.ids[0]!;
  }

  #load(logits: Float32Array, temperature: number): void {
    const { vocabSize } = this;
    if (logits.length < vocabSize)
      throw new RangeError(`"logits" expected length ${vocabSize} at least, got ${logits.length}`);
    const engine = this.#engine;
    engine.logits.set(logits.length === vocabSize ? logits : logits.subarray(0, vocabSize));
    const maximum = engine.largest();
    checkLogits(maximum, engine.logits);
    this.#scale = createScale(maximum, temperature);
    this.#ranking.start(this.#scale);
  }

  /** Ends the tail after `topK` tokens of the ranking; returns its last place. */
  #cutAtCount(topK: number): Rank {
    if (topK === this.vocabSize) return END;
    if (topK <= this.#ranking.headSize) {
      this.#engine.blockSums.fill(0);
      return this.#rankAt(topK - 1);
    }
    const upTo = this.#ranking.findEdge('count', topK);
    if (upTo === undefined) return END;
    this.#engine.sumBetween(this.#scale, this.#lastOfHead(), upTo);
    return upTo;
  }

  /** Selects the nucleus of what ranks up to `byCount`, where the head is a short one and block sums hold the rest. */
  #cutAtMass(topP: number, topK: number, byCount: Rank, maxCandidates: number): Candidates {
    const engine = this.#engine;
    const ranking = this.#ranking;
    let kept = Math.min(topK, ranking.headSize);
    const target = topP * engine.blockSums.reduce((sum, each) => sum + each, this.#headMass(kept));
    let reached = this.#reach(target, kept);
    if (reached === undefined && ranking.headSize < maxCandidates) {
      ranking.takeHead(maxCandidates, false);
      kept = Math.min(topK, ranking.headSize);
      reached = this.#reach(target, kept);
    }
    if (reached !== undefined || kept === topK) {
      engine.blockSums.fill(0);
      return this.#finish(reached ?? kept, maxCandidates);
    }
    const last = this.#lastOfHead();
    const byMass = ranking.findEdge('mass', target) ?? END;
    // Rounding may place the edge of a topP near 1 behind that of top-k, or a near one before the head's end.
    const nearer = ranksAfter(byMass, byCount) ? byCount : byMass;
    const upTo = ranksAfter(last, nearer) ? last : nearer;
    engine.sumBetween(this.#scale, last, upTo);
    return this.#finish(kept, maxCandidates, upTo);
  }

  #headMass(count: number): number {
    const { weights } = this.#engine;
    let mass = 0;
    for (let i = 0; i < count; i++) mass += weights[i]!;
    return mass;
  }

  /** Counts the first tokens of the head, `limit` at most, whose mass reaches `target`. */
  #reach(target: number, limit: number): number | undefined {
    const { weights } = this.#engine;
    let mass = 0;
    for (let i = 0; i < limit; i++) {
      mass += weights[i]!;
      if (mass >= target) return i + 1;
    }
    return undefined;
  }

  #rankAt(index: number): Rank {
    return { value: this.#engine.values[index]!, id: this.#engine.ids[index]! };
  }

  #lastOfHead(): Rank {
    return this.#rankAt(this.#ranking.headSize - 1);
  }

  /** Normalises the candidates among the first `kept` tokens of the head; the others of them join the tail. */
  #finish(kept: number, maxCandidates: number, upTo: Rank = this.#rankAt(kept - 1)): Candidates {
    const { blockSums, ids, weights } = this.#engine;
    let count = Math.min(kept, maxCandidates);
    // A weight that underflows is a probability of exactly 0.
    while (weights[count - 1] === 0) count--;
    for (let i = count; i < kept; i++) blockSums[Math.floor(ids[i]! / BLOCK_SIZE)]! += weights[i]!;
    this.#tail.set(this.#scale, this.#rankAt(count - 1), upTo);
    const tailWeight = this.#tail.weight;
    let total = tailWeight;
    for (let i = count - 1; i >= 0; i--) total += weights[i]!;
    for (let i = 0; i < count; i++) weights[i]! /= total;
    return {
      count,
      tokenIds: ids.subarray(0, count),
      probs: weights.subarray(0, count),
      tailMass: tailWeight / total,
      drawTail: this.#drawTail,
    };
  }
}

function ranksAfter(a: Rank, b: Rank): boolean {
  return a.value < b.value || (a.value === b.value && a.id > b.id);
}
