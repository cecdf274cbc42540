import type { Candidates } from './candidates.ts';
import type { PlainDraw } from './plain-sample.ts';

/** How many bits a response of ours spends before its first mark, unless it is told: docs/choices.md. */
export const DEFAULT_START_BITS = 16;

/** The most bits that a response may be asked to spend before its first mark. */
export const MAX_START_BITS = 64;

/** Stretches without the mark between its marks: docs/spec.md, section 5.1. */
export interface Pauses {
  /** Mean number of marked tokens between two pauses, at least 1: after each, a pause begins with a probability of 1 / after. */
  readonly after: number;
  /** Bits that the response spends in a pause, above 0 and at most the start bits. */
  readonly bits: number;
}

/**
 * The bits that a response spends before it is marked: −log2 of the probability of each token that was drawn without the mark.
 *
 * Two responses to one prompt then have begun differently before the key decides anything: docs/spec.md, section 5.
 * Source: Christ, Gunn and Zamir, "Undetectable watermarks for language models", arXiv 2306.09194.
 */
export class StartBits {
  readonly #needed: number;
  readonly #pauses: Pauses | undefined;
  #spent: number;
  // What was drawn last, until it is known whether the engine takes it.
  #drawn: { readonly tokenId: number; readonly bits: number } | undefined;

  /**
   * @param needed bits to spend, 0 … 64.
   * @param spent  bits that the response so far has spent, finite and ≥ 0.
   * @param pauses when bits are spent again; undefined for never.
   * @throws {RangeError} if one is out of range.
   */
  constructor(needed: number, spent: number, pauses?: Pauses) {
    if (!(needed >= 0 && needed <= MAX_START_BITS)) {
      throw new RangeError(`"startBits" expected a number from 0 to ${MAX_START_BITS}, got ${needed}`);
    }
    if (!(spent >= 0 && spent < Infinity)) {
      throw new RangeError(`"spentBits" expected a finite number >= 0, got ${spent}`);
    }
    if (pauses !== undefined && !(pauses.after >= 1 && pauses.after < Infinity)) {
      throw new RangeError(`"pauses.after" expected a finite number >= 1, got ${pauses.after}`);
    }
    if (pauses !== undefined && !(pauses.bits > 0 && pauses.bits <= needed)) {
      throw new RangeError(
        `"pauses.bits" expected a number above 0, and at most the start bits (${needed}), got ${pauses.bits}`,
      );
    }
    this.#pauses = pauses;
    this.#needed = needed;
    this.#spent = spent;
  }

  /** Bits spent so far, those of the token that was drawn last included; no longer counted once they are enough. */
  get spent(): number {
    return this.#spent + (this.#drawn?.bits ?? 0);
  }

  /** Whether they are enough for marks. */
  get areSpent(): boolean {
    return this.#spent >= this.#needed;
  }

  /**
   * Notes a token that was drawn without the mark; where bits are enough, it is not looked at.
   *
   * @param drawn       the token, with the candidates of its step.
   * @param logitOf     the raw logit of a token id that truncation kept.
   * @param temperature what the logits were divided by.
   */
  draw({ tokenId, candidates }: PlainDraw, logitOf: (tokenId: number) => number, temperature: number): void {
    if (this.areSpent) return;
    const bits = -Math.log2(probabilityOf(candidates(), logitOf, temperature, tokenId));
    this.#drawn = { tokenId, bits };
  }

  /**
   * Notes that a token was chosen by the mark: now and then the bits of a pause are to be spent before the next one.
   *
   * @param random yields fresh uniform numbers in (0, 1).
   */
  mark(random: () => number): void {
    this.#drawn = undefined;
    if (this.#pauses === undefined || random() >= 1 / this.#pauses.after) return;
    this.#spent = this.#needed - this.#pauses.bits;
  }

  /** Counts the token that was drawn last, if the engine took it: a token that it was made to take spent nothing. */
  take(tokenId: number): void {
    if (this.#drawn?.tokenId === tokenId) this.#spent += this.#drawn.bits;
    this.#drawn = undefined;
  }
}

// Of any token that truncation kept, candidate or tail.
function probabilityOf(
  { tokenIds, probs }: Candidates,
  logitOf: (tokenId: number) => number,
  temperature: number,
  tokenId: number,
): number {
  const [likeliest] = tokenIds as ArrayLike<number> as [number];
  const [largest] = probs as ArrayLike<number> as [number];
  return Math.min(1, largest * Math.exp((logitOf(tokenId) - logitOf(likeliest)) / temperature));
}
