import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { SynonymSource } from '../wordnet/synonym-source.ts';

/** A text after an attack. */
export interface AttackedText {
  readonly text: string;
  /** Share of the attack's units that it touched, 0 … 1: what was achieved of the strength asked for. */
  readonly touched: number;
}

/** What some attacks cannot be made without. */
export interface AttackTools {
  /** For the attack `substitute`. */
  readonly synonyms?: SynonymSource;
  /** Another tokenizer than the key's, for the attacks `round-trip` and `token-by-token`. */
  readonly foreignTokenizer?: Tokenizer;
}

/** What attacks need beside the text. */
export interface AttackResources extends AttackTools {
  /** Sentences without a mark, in their order, at least one: to mix with, to splice into, and to take words from. */
  readonly unmarkedSentences: readonly string[];
  /** Words of the unmarked sentences, each as often as it occurs; at least one. */
  readonly unmarkedWords: readonly string[];
}

/**
 * How a document is read by the detector: by the `ids` that were generated, which no attack on the text has changed, or as text in
 * one of the ways of `READING_OPTIONS`.
 */
export type ReadAs = 'ids' | 'text' | 'unnormalized' | 'folded' | 'regions';

/** One way to change a text, at any strength. */
export interface Attack {
  readonly name: string;
  /** What strength counts, for people; `whole text` stands for attacks that are applied (1) or not (0). */
  readonly unit: string;
  /** Strengths that are measured unless others are asked for, ascending. */
  readonly strengths: readonly number[];
  /** Ways to read the attacked text that are measured. */
  readonly readings: readonly ReadAs[];
  /** Says what is missing for it; undefined if nothing is. */
  missing?(tools: AttackTools): string | undefined;
  /**
   * Changes a text. Strength 0 leaves it as it is; the same randomness gives the same text.
   *
   * @param strength 0 … 1, of `unit`.
   * @param random   yields uniform numbers in (0, 1).
   * @throws {RangeError} if the strength is out of range.
   */
  apply(text: string, strength: number, random: () => number, resources: AttackResources): AttackedText;
}
