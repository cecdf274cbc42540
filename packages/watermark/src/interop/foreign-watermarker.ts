/**
 * Writes another watermark's mark from an engine's logits.
 */
import type { SteppedSampler } from '../generation/sampler.ts';
import { CandidateSelector } from '../sampling/candidate-selector.ts';
import { completeOptions, type SamplingOptions } from '../sampling/sampling-options.ts';
import type { SamplingSettings } from '../sampling/sampling-settings.ts';
import { StartBits } from '../sampling/start-bits.ts';
import { systemRandom } from '../sampling/system-random.ts';
import type { ForeignKey } from './foreign-key.ts';
import type { ForeignMark, MarkProcessor } from './profile.ts';

/** How one response is generated. */
export interface ForeignGenerationOptions {
  /** The prompt's token ids (default none); which marks look at them is up to the other side. */
  readonly prompt?: ArrayLike<number>;
  /** Temperature above 0, top-k and top-p, applied before the mark as the other side does (default: none). */
  readonly sampling?: SamplingSettings;
  /** Yields fresh uniform numbers in (0, 1); by default {@link systemRandom}. */
  readonly random?: () => number;
  /**
   * Bits of its own that a response spends before it is marked, 0 to 64, as for a `Watermarker` (default 0: tokens are the other side's
   * from the first on). Above 0, no context reaches into the prompt either. The other side's detector reads the text as any other.
   */
  readonly startBits?: number;
}

/** Chooses the tokens of one response with the mark. Steps come in order, since some marks count them. */
interface Chooser {
  choose(tokenIds: readonly number[], logits: Float32Array): number;
  /** Shows the mark a step that it has no part in. */
  skip(tokenIds: readonly number[], logits: Float32Array): void;
}

/**
 * Marks responses as somebody else's engine does, under one foreign key. Holds the key and buffers for the vocabulary until closed.
 */
export class ForeignWatermarker {
  /** Number of token ids; logits are at least this long. */
  readonly vocabSize: number;
  readonly #name: string;
  readonly #mark: ForeignMark;
  readonly #selector: CandidateSelector;
  #closed = false;

  /** @throws {RangeError} if this mark can only be read, or is no mark of tuples: `startExpEdit` writes that one. */
  constructor(key: ForeignKey) {
    this.vocabSize = key.params.vocabSize;
    this.#name = key.params.profile;
    if (key.profile.kind === 'permutation') {
      throw new RangeError(
        `"key" expected a mark of (context, token) tuples, got ${this.#name}: only startExpEdit writes it`,
      );
    }
    this.#mark = key.open();
    if (this.#mark.startProcessor === undefined && this.#mark.startSampler === undefined) {
      this.#mark.source.close();
      throw new RangeError(
        `"key" expected a mark that can be written, got ${this.#name}, which can only be read`,
      );
    }
    this.#selector = new CandidateSelector(this.vocabSize);
  }

  /**
   * Starts a response.
   *
   * @throws {RangeError} if an option or a token id of the prompt is out of range.
   * @throws {TypeError} if the watermarker is closed.
   */
  start(options: ForeignGenerationOptions = {}): SteppedSampler {
    this.#checkOpen();
    const { prompt = [], sampling = {}, random = systemRandom(), startBits = 0 } = options;
    for (let i = 0; i < prompt.length; i++) this.#checkTokenId(`prompt[${i}]`, prompt[i] ?? -1);
    const settings = completeOptions({ ...sampling, maxCandidates: this.vocabSize }, this.vocabSize);
    const tokenIds = Array.from(prompt);
    const chooser = this.#chooser(prompt.length, settings, random);
    const bits = new StartBits(startBits, 0);
    const firstMarked = startBits === 0 ? 0 : prompt.length + this.#mark.source.contextWidth;
    const choose = (logits: Float32Array): number => {
      this.#checkOpen();
      const isMarked = bits.areSpent && tokenIds.length >= firstMarked;
      if (isMarked) return chooser.choose(tokenIds, logits);
      const drawn = this.#selector.draw(logits, settings, random());
      bits.draw(drawn, (id) => logits[id]!, settings.temperature);
      chooser.skip(tokenIds, logits);
      return drawn.tokenId;
    };
    const push = (tokenId: number): void => {
      this.#checkTokenId('tokenId', tokenId);
      tokenIds.push(tokenId);
      bits.take(tokenId);
    };
    return {
      choose,
      push,
      next: (logits) => {
        const tokenId = choose(logits);
        push(tokenId);
        return tokenId;
      },
    };
  }

  /**
   * Starts a response whose engine samples by itself, from logits that the mark changes.
   *
   * @throws {RangeError} if this mark chooses tokens instead.
   */
  startProcessor(promptLength: number): MarkProcessor {
    this.#checkOpen();
    const start = this.#mark.startProcessor;
    if (start === undefined) {
      throw new RangeError(`"key" expected a mark on logits, got ${this.#name}, which chooses tokens itself`);
    }
    return start(promptLength);
  }

  /** Overwrites the key it holds; responses under way can go no further. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#mark.source.close();
  }

  #chooser(promptLength: number, settings: Required<SamplingOptions>, random: () => number): Chooser {
    const { startProcessor, startSampler } = this.#mark;
    if (startSampler !== undefined) {
      const sampler = startSampler(promptLength, random);
      return {
        choose: (tokenIds, logits) => sampler.choose(tokenIds, this.#selector.select(logits, settings)),
        skip: () => undefined,
      };
    }
    if (startProcessor === undefined) throw new Error('a mark that is written has a way to write it');
    const processor = startProcessor(promptLength);
    const { temperature, topK, topP } = settings;
    const marked = new Float32Array(this.vocabSize);
    const skip: Chooser['skip'] = (tokenIds, logits) => {
      marked.set(logits.subarray(0, this.vocabSize));
      processor.process(tokenIds, marked);
    };
    if (topK === this.vocabSize && topP === 1) {
      const choose: Chooser['choose'] = (tokenIds, logits) => {
        for (let i = 0; i < marked.length; i++) marked[i] = logits[i]! / temperature;
        processor.process(tokenIds, marked);
        return this.#selector.sample(marked, {}, random());
      };
      return { choose, skip };
    }
    const choose: Chooser['choose'] = (tokenIds, logits) => {
      // Valid until the selector is asked again: what is kept is copied.
      const { count, tokenIds: ranked } = this.#selector.select(logits, settings);
      const kept = ranked.slice(0, count);
      marked.fill(-Infinity);
      for (const id of kept) marked[id] = logits[id]! / temperature;
      processor.process(tokenIds, marked);
      return drawAmong(kept, marked, random());
    };
    return { choose, skip };
  }

  #checkTokenId(name: string, value: number): void {
    if (Number.isInteger(value) && value >= 0 && value < this.vocabSize) return;
    throw new RangeError(`"${name}" expected a token id below ${this.vocabSize}, got ${value}`);
  }

  #checkOpen(): void {
    if (this.#closed) throw new TypeError('"watermarker" expected an open watermarker, got a closed one');
  }
}

// Draws one of the listed tokens by its logit; a mark gives no other a chance.
function drawAmong(tokenIds: Uint32Array, logits: Float32Array, uniform: number): number {
  let largest = -Infinity;
  for (const id of tokenIds) if (logits[id]! > largest) largest = logits[id]!;
  const weights = Float64Array.from(tokenIds, (id) => Math.exp(logits[id]! - largest));
  let left = uniform * weights.reduce((sum, weight) => sum + weight, 0);
  let last = tokenIds[0]!;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    last = tokenIds[i]!;
    left -= weights[i]!;
    if (left < 0) break;
  }
  return last;
}
