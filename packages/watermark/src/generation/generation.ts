/**
 * One response being generated under a key: docs/spec.md section 5.
 */

import { HEADER_WORDS, type WordSource } from '../prf/word-source.ts';
import type { CandidateList } from '../sampling/candidate-list.ts';
import type { CandidateSelector } from '../sampling/candidate-selector.ts';
import type { Candidates } from '../sampling/candidates.ts';
import type { SamplingOptions } from '../sampling/sampling-options.ts';
import type { StartBits } from '../sampling/start-bits.ts';
import type { Scheme } from '../scheme/scheme.ts';
import { type SlotLimits, slotOf } from '../scheme/slots.ts';
import { ContextWindow } from './context-window.ts';
import type { SteppedSampler } from './sampler.ts';

/** What became of the steps of a response. */
export interface StepCounts {
  /** Steps that carry the mark every account shares. */
  readonly common: number;
  /** Steps that carry the account's symbol. */
  readonly account: number;
  /**
   * Steps of a marked slot that left nothing to choose: after temperature and truncation one token has a probability above 1 − 2^-10. The mark
   * chose it, as anything would have.
   */
  readonly certain: number;
  /** Steps sampled plainly: the slot is free, or an account's and no account was given. */
  readonly free: number;
  /** Steps sampled plainly: the response had not spent its start bits, or those of a pause. */
  readonly start: number;
  /** Steps sampled plainly: this context already occurred in this response. */
  readonly repeatedContext: number;
  /** Steps sampled plainly: fewer than h tokens of the response came before (with `promptContexts`, of prompt and response). */
  readonly withoutContext: number;
}

/** What became of one step: which of the {@link StepCounts} it is counted in. */
export type StepFate = keyof StepCounts;

// A step whose likeliest token has more than this leaves the mark less than 0.012 bits.
const CERTAIN = 1 - 2 ** -10;

// Those that the key chose.
const MARKED: ReadonlySet<StepFate> = new Set(['common', 'account', 'certain']);

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
  readonly startBits: StartBits;
  /** Whether contexts may reach into the prompt. */
  readonly promptContexts: boolean;
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
  readonly #counts = {
    common: 0,
    account: 0,
    certain: 0,
    free: 0,
    start: 0,
    repeatedContext: 0,
    withoutContext: 0,
  };
  // What the step that is being chosen adds to, and the name of its context, until it is chosen.
  #fate: StepFate = 'withoutContext';
  #lastStep: StepFate | undefined;
  #salt: number | undefined;
  // What `moveTo` was given last: how many tokens, and the last of them.
  #given: { readonly length: number; readonly last: readonly (number | undefined)[] } | undefined;

  /** @internal Use `Watermarker.start`. */
  constructor(parts: GenerationParts, prompt: ArrayLike<number>, response: ArrayLike<number>) {
    this.#parts = parts;
    const width = parts.wordSource.contextWidth;
    this.#window = new ContextWindow(width);
    for (let i = Math.max(0, prompt.length - width); i < prompt.length; i++) {
      const tokenId = this.#checkTokenId(`prompt[${i}]`, prompt[i]);
      if (parts.promptContexts) this.#window.push(tokenId);
    }
    if (response.length > 0) this.#continue(parts.promptContexts ? prompt : [], response);
  }

  /** How many steps were marked, and why the others were not. */
  get counts(): StepCounts {
    return { ...this.#counts };
  }

  /** What became of the step that was chosen last; undefined before the first. */
  get lastStep(): StepFate | undefined {
    return this.#lastStep;
  }

  /** Whether a step was marked that left something to choose: a response without one carries no mark at all. */
  get isMarked(): boolean {
    return this.#counts.common + this.#counts.account > 0;
  }

  /**
   * Bits that tokens drawn without the mark have spent: −log2 of their probabilities, that of the token chosen last included. Marks begin
   * at `startBits`, and from there on bits are no longer counted. Whoever goes on with a response elsewhere hands them over as `spentBits`.
   */
  get spentBits(): number {
    return this.#parts.startBits.spent;
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
    const { selector, options, greedily, random, startBits } = this.#parts;
    const symbol = this.#symbol();
    if (symbol !== undefined) return this.#chosen(this.#mark(selector.select(logits, options), symbol));
    if (greedily !== undefined) return this.#chosen(selector.greedy(logits));
    const drawn = selector.draw(logits, options, random());
    startBits.draw(drawn, (id) => logits[id] as number, options.temperature);
    return this.#chosen(drawn.tokenId);
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
    const { list, options, greedily, random, startBits } = this.#parts;
    list.load(tokenIds, logits);
    const symbol = this.#symbol();
    if (symbol !== undefined) return this.#chosen(this.#mark(list.select(options), symbol));
    if (greedily !== undefined) return this.#chosen(list.greedy());
    const drawn = list.draw(options, random());
    startBits.draw(drawn, (id) => logits[tokenIds.indexOf(id)] as number, options.temperature);
    return this.#chosen(drawn.tokenId);
  }

  /**
   * Appends a token id to the response.
   *
   * @throws {RangeError} if it is no token id of the vocabulary.
   */
  push(tokenId: number): void {
    this.#window.push(this.#checkTokenId('tokenId', tokenId));
    this.#parts.startBits.take(tokenId);
  }

  /**
   * Takes other tokens for those before the next step: for engines that keep the sequence themselves, and may have gone
   * back. Contexts stay used.
   *
   * @param tokenIds  prompt and response so far, or at least their last h tokens.
   * @param generated how many of them, at the end, are of the response (default: all).
   * @throws {RangeError} if one is no token id of the vocabulary.
   */
  moveTo(tokenIds: ArrayLike<number>, generated: number = tokenIds.length): void {
    const { wordSource, promptContexts, startBits } = this.#parts;
    const from = Math.max(0, tokenIds.length - wordSource.contextWidth);
    for (let i = from; i < tokenIds.length; i++) this.#checkTokenId(`tokenIds[${i}]`, tokenIds[i]);
    const first = promptContexts ? from : Math.max(from, tokenIds.length - generated);
    this.#window.clear();
    for (let i = first; i < tokenIds.length; i++) this.#window.push(tokenIds[i] ?? 0);
    const last = Array.from({ length: tokenIds.length - from }, (_, i) => tokenIds[from + i]);
    const isSameStep =
      this.#given?.length === tokenIds.length && last.every((tokenId, i) => tokenId === this.#given?.last[i]);
    this.#given = { length: tokenIds.length, last };
    // A step that is asked for again has taken nothing since, though its token may be that of the step before.
    startBits.take(isSameStep ? -1 : (last.at(-1) ?? -1));
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
    if ((candidates.probs[0] ?? 0) > CERTAIN) this.#fate = 'certain';
    return greedily === undefined
      ? scheme.choose({ candidates, words, random })
      : greedily(candidates, words);
  }

  // Which word this step's context marks with; undefined if it is sampled plainly.
  #symbol(): number | undefined {
    const { wordSource, limits, symbolAt, startBits } = this.#parts;
    const context = this.#window.context;
    this.#salt = undefined;
    if (context === undefined) {
      this.#fate = 'withoutContext';
      return undefined;
    }
    const header = this.#header;
    wordSource.contextHeader(context, header);
    const [slotWord = 0, positionWord = 0, saltLow = 0, saltHigh = 0] = header;
    const salt = saltOf(saltLow, saltHigh);
    if (this.#seen.has(salt)) {
      this.#fate = 'repeatedContext';
      return undefined;
    }
    this.#salt = salt;
    const slot = slotOf(slotWord, limits);
    if (!startBits.areSpent) this.#fate = 'start';
    else this.#fate = slot === 'account' && symbolAt === undefined ? 'free' : slot;
    if (this.#fate === 'common') return 0;
    return this.#fate === 'account' ? symbolAt?.(positionWord) : undefined;
  }

  // Counts a step when it is chosen: one that fails leaves its context unused.
  #chosen(tokenId: number): number {
    const { startBits, random } = this.#parts;
    this.#counts[this.#fate]++;
    this.#lastStep = this.#fate;
    if (MARKED.has(this.#fate)) startBits.mark(random);
    if (this.#salt !== undefined) this.#seen.add(this.#salt);
    return tokenId;
  }
}

// 53 bits of the salt name the context: a false repeat, once in 2^53 pairs, only leaves a step unmarked.
function saltOf(saltLow: number, saltHigh: number): number {
  return (saltHigh & 0x1fffff) * 2 ** 32 + saltLow;
}
