/**
 * One response being generated under a key: docs/spec.md section 5.
 */
import { ContextWindow } from './context-window.ts';
import { HEADER_WORDS, type WordSource } from './prf/word-source.ts';
import type { SteppedSampler } from './sampler.ts';
import type { CandidateList } from './sampling/candidate-list.ts';
import type { CandidateSelector, Candidates } from './sampling/candidates.ts';
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
  readonly list: CandidateList;
  readonly options: Required<SamplingOptions>;
  /** How marked steps choose when decoding is greedy; undefined when it samples. */
  readonly greedily: Scheme['chooseGreedily'] | undefined;
  /** Which symbol the account's code has for a code position word; undefined without an account. */
  readonly symbolAt: ((positionWord: number) => number) | undefined;
  readonly random: () => number;
}

/**
 * A sampler that marks one response. Not shared between responses; costs h token ids and one number a context.
 */
export class Generation implements SteppedSampler {
  readonly #parts: GenerationParts;
  readonly #window: ContextWindow;
  readonly #seen = new Set<number>();
  readonly #header = new Uint32Array(HEADER_WORDS);
  #words = new Uint32Array(0);
  readonly #counts = { common: 0, account: 0, free: 0, repeatedContext: 0, withoutContext: 0 };

  /** @internal Use `Watermarker.start`. */
  constructor(parts: GenerationParts, prompt: ArrayLike<number>, response: ArrayLike<number>) {
    this.#parts = parts;
    const width = parts.wordSource.contextWidth;
    this.#window = new ContextWindow(width);
    for (let i = Math.max(0, prompt.length - width); i < prompt.length; i++) {
      this.#window.push(this.#checkTokenId(`prompt[${i}]`, prompt[i]));
    }
    if (response.length > 0) this.#continue(prompt, response);
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
    const { selector, options, greedily, random } = this.#parts;
    const symbol = this.#symbol();
    if (symbol !== undefined) return this.#mark(selector.select(logits, options), symbol);
    return greedily === undefined ? selector.sample(logits, options, random()) : selector.greedy(logits);
  }

  /**
   * Chooses the next token among candidates that the engine hands over, without moving on.
   *
   * The choice is that of {@link choose} where all other tokens have the logit -Infinity; the work is in proportion to the list.
   *
   * @param tokenIds Uint32Array `[m]`, m ≥ 1, in any order. Not changed, not retained.
   * @param logits   Float32Array `[m]`, raw logits, or log-probabilities, before temperature. Not changed, not retained.
   * @returns one of the token ids.
   * @throws {RangeError} if the list is empty, the lengths differ, or an id is beyond the vocabulary or comes twice.
   * @throws {WatermarkError} as `next` does.
   */
  chooseAmong(tokenIds: Uint32Array, logits: Float32Array): number {
    const { list, options, greedily, random } = this.#parts;
    // First, so that a step that fails leaves its context unused.
    list.load(tokenIds, logits);
    const symbol = this.#symbol();
    if (symbol !== undefined) return this.#mark(list.select(options), symbol);
    return greedily === undefined ? list.sample(options, random()) : list.greedy();
  }

  /**
   * Appends a token id to the response.
   *
   * @throws {RangeError} if it is no token id of the vocabulary.
   */
  push(tokenId: number): void {
    this.#window.push(this.#checkTokenId('tokenId', tokenId));
  }

  /**
   * Takes other tokens for those before the next step: for engines that keep the sequence themselves, and may have gone
   * back. Contexts stay used.
   *
   * @param tokenIds prompt and response so far, or at least their last h tokens.
   * @throws {RangeError} if one is no token id of the vocabulary.
   */
  moveTo(tokenIds: ArrayLike<number>): void {
    const from = Math.max(0, tokenIds.length - this.#parts.wordSource.contextWidth);
    for (let i = from; i < tokenIds.length; i++) this.#checkTokenId(`tokenIds[${i}]`, tokenIds[i]);
    this.#window.clear();
    for (let i = from; i < tokenIds.length; i++) this.#window.push(tokenIds[i] ?? 0);
  }

  #checkTokenId(name: string, value: number | undefined): number {
    const { vocabSize } = this.#parts.selector;
    if (value === undefined || !(Number.isInteger(value) && value >= 0 && value < vocabSize)) {
      throw new RangeError(`"${name}" expected a token id below ${vocabSize}, got ${String(value)}`);
    }
    return value;
  }

  // Takes the contexts of the steps of a response so far for used.
  #continue(prompt: ArrayLike<number>, response: ArrayLike<number>): void {
    const { wordSource } = this.#parts;
    const width = wordSource.contextWidth;
    const before = Math.min(prompt.length, width);
    const tokenIds = new Uint32Array(before + response.length);
    for (let i = 0; i < before; i++) tokenIds[i] = prompt[prompt.length - before + i] ?? 0;
    for (let i = 0; i < response.length; i++) {
      tokenIds[before + i] = this.#checkTokenId(`response[${i}]`, response[i]);
    }
    for (const tokenId of tokenIds.subarray(Math.max(before, tokenIds.length - width))) {
      this.#window.push(tokenId);
    }
    // One row a step that had a context; the last context is the one of the step to come.
    const headers = new Uint32Array(HEADER_WORDS * Math.max(0, tokenIds.length - width));
    wordSource.sequenceHeaders(tokenIds, headers);
    for (let i = 0; i < headers.length; i += HEADER_WORDS) {
      this.#seen.add(saltOf(headers[i + 2] ?? 0, headers[i + 3] ?? 0));
    }
  }

  #mark(candidates: Candidates, symbol: number): number {
    const { scheme, wordSource, greedily, random } = this.#parts;
    const context = this.#window.context;
    if (context === undefined) throw new Error('a marked step has a context');
    const { count, tokenIds } = candidates;
    if (this.#words.length < count) this.#words = new Uint32Array(count);
    const words = this.#words.subarray(0, count);
    wordSource.candidateWords(context, tokenIds.subarray(0, count), symbol, words);
    return greedily === undefined
      ? scheme.choose({ candidates, words, random })
      : greedily(candidates, words);
  }

  // Which word this step's context marks with; undefined if it is sampled plainly.
  #symbol(): number | undefined {
    const { wordSource, limits, symbolAt } = this.#parts;
    const counts = this.#counts;
    const context = this.#window.context;
    if (context === undefined) {
      counts.withoutContext++;
      return undefined;
    }
    const header = this.#header;
    wordSource.contextHeader(context, header);
    const [slotWord = 0, positionWord = 0, saltLow = 0, saltHigh = 0] = header;
    const salt = saltOf(saltLow, saltHigh);
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
    if (slot === 'free' || symbolAt === undefined) {
      counts.free++;
      return undefined;
    }
    counts.account++;
    return symbolAt(positionWord);
  }
}

// 53 bits of the salt name the context: a false repeat, once in 2^53 pairs, only leaves a step unmarked.
function saltOf(saltLow: number, saltHigh: number): number {
  return (saltHigh & 0x1fffff) * 2 ** 32 + saltLow;
}
