/**
 * One response being generated under a key: docs/spec.md section 5.
 */
import { ContextWindow } from './context-window.ts';
import type { WordSource } from './prf/word-source.ts';
import type { TokenSampler } from './sampler.ts';
import type { CandidateSelector } from './sampling/candidates.ts';
import type { SamplingOptions } from './sampling/sampling-options.ts';
import type { Scheme } from './scheme/scheme.ts';
import { type SlotLimits, slotOf } from './scheme/slots.ts';

/** What became of the steps of a response. */
export interface StepCounts {
  /** Steps that carry the mark every account shares. */
  readonly common: number;
  /** Steps that carry the account's symbol. */
  readonly account: number;
  /** Steps sampled plainly: the slot is free, or an account's and no account was given. */
  readonly free: number;
  /** Steps sampled plainly: this context already occurred in this response. */
  readonly repeatedContext: number;
  /** Steps sampled plainly: fewer than h tokens came before. */
  readonly withoutContext: number;
}

/** What a {@link Generation} works with; the watermarker owns all of it. */
interface GenerationParts {
  readonly scheme: Scheme;
  readonly wordSource: WordSource;
  readonly limits: SlotLimits;
  readonly selector: CandidateSelector;
  readonly options: SamplingOptions;
  /** How marked steps choose when decoding is greedy; undefined when it samples. */
  readonly greedily: Scheme['chooseGreedily'] | undefined;
  /** Uint8Array `[L]`: the account's code; undefined without an account. */
  readonly code: Uint8Array | undefined;
  readonly random: () => number;
}

/**
 * A sampler that marks one response. Not shared between responses; costs h token ids and one number a context.
 */
export class Generation implements TokenSampler {
  readonly #parts: GenerationParts;
  readonly #window: ContextWindow;
  readonly #seen = new Set<number>();
  readonly #header = new Uint32Array(4);
  #words = new Uint32Array(0);
  readonly #counts = { common: 0, account: 0, free: 0, repeatedContext: 0, withoutContext: 0 };

  /** @internal Use `Watermarker.start`. */
  constructor(parts: GenerationParts, prompt: ArrayLike<number>) {
    this.#parts = parts;
    const width = parts.wordSource.contextWidth;
    this.#window = new ContextWindow(width);
    for (let i = Math.max(0, prompt.length - width); i < prompt.length; i++) {
      this.#window.push(this.#checkTokenId(`prompt[${i}]`, prompt[i]));
    }
  }

  /** How many steps were marked, and why the others were not. */
  get counts(): StepCounts {
    return { ...this.#counts };
  }

  next(logits: Float32Array): number {
    const tokenId = this.choose(logits);
    this.push(tokenId);
    return tokenId;
  }

  /**
   * Chooses the next token without moving on: call {@link push} with the token that the engine really took.
   *
   * @param logits as for `next`.
   * @returns the token id chosen.
   * @throws {WatermarkError} as `next` does.
   */
  choose(logits: Float32Array): number {
    const { scheme, wordSource, selector, options, greedily, random } = this.#parts;
    const symbol = this.#symbol();
    const context = this.#window.context;
    if (symbol === undefined || context === undefined) {
      return greedily === undefined ? selector.sample(logits, options, random()) : selector.greedy(logits);
    }
    const candidates = selector.select(logits, options);
    const { count, tokenIds } = candidates;
    if (this.#words.length < count) this.#words = new Uint32Array(count);
    const words = this.#words.subarray(0, count);
    wordSource.candidateWords(context, tokenIds.subarray(0, count), symbol, words);
    return greedily === undefined
      ? scheme.choose({ candidates, words, random })
      : greedily(candidates, words);
  }

  /**
   * Appends a token id to the response.
   *
   * @throws {RangeError} if it is no token id of the vocabulary.
   */
  push(tokenId: number): void {
    this.#window.push(this.#checkTokenId('tokenId', tokenId));
  }

  #checkTokenId(name: string, value: number | undefined): number {
    const { vocabSize } = this.#parts.selector;
    if (value === undefined || !(Number.isInteger(value) && value >= 0 && value < vocabSize)) {
      throw new RangeError(`"${name}" expected a token id below ${vocabSize}, got ${String(value)}`);
    }
    return value;
  }

  // Which word this step's context marks with; undefined if it is sampled plainly.
  #symbol(): number | undefined {
    const { wordSource, limits, code } = this.#parts;
    const counts = this.#counts;
    const context = this.#window.context;
    if (context === undefined) {
      counts.withoutContext++;
      return undefined;
    }
    const header = this.#header;
    wordSource.contextHeader(context, header);
    const [slotWord = 0, positionWord = 0, saltLow = 0, saltHigh = 0] = header;
    // 53 bits of the salt name the context: a false repeat, once in 2^53 pairs, only leaves a step unmarked.
    const salt = (saltHigh & 0x1fffff) * 2 ** 32 + saltLow;
    if (this.#seen.has(salt)) {
      counts.repeatedContext++;
      return undefined;
    }
    this.#seen.add(salt);
    const slot = slotOf(slotWord, limits);
    if (slot === 'common') {
      counts.common++;
      return 0;
    }
    if (slot === 'free' || code === undefined) {
      counts.free++;
      return undefined;
    }
    counts.account++;
    return code[positionWord % code.length];
  }
}
