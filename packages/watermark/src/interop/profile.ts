/**
 * What a port of somebody else's watermark is made of: docs/interop.md.
 *
 * A profile reads the configuration that the other side already has, and gives the two parts that the detector's seam
 * asks for: a word source, bit for bit the other side's hash, and a scheme that scores its words. What can also be
 * written has a processor (the mark changes logits) or a sampler (the mark chooses the token).
 */
import type { z } from 'zod';
import type { Basis, KeyStrength, LayeredKeys, PermutationTest, ScoreFamily } from '../mark-key.ts';
import type { KeyedWordSource } from '../prf/word-source.ts';
import type { Candidates } from '../sampling/candidates.ts';
import type { WordScore } from '../scheme/scheme.ts';

/**
 * A foreign hash behind the word source's interface.
 *
 * - `contextWidth`: tokens before a scored one that its word depends on, 1…64. Earlier positions are not scored, also
 *   where the other side pads them.
 * - `sequenceHeaders(tokenIds [n], out [(n − h) * 4])`: row i belongs to the token at position h + i and is
 *   `[0, 0, saltLow, saltHigh]`, or starts with `SHARED_SLOT` or `UNKEYED_SLOT` (key-strength.ts) where the tuple must not be
 *   scored: it shares draws with others, or its draw depends on too little of the key. The 64-bit salt, xored with the
 *   token id in its high word, names the tuple: two tokens whose words are one and the same draw of the hash must have equal salts up to that. So the salt is a good mix of the
 *   **effective seed** (not of the n-gram), which may depend on the token itself; where the token does not matter as it is
 *   (only 16 bits of it, say) the high word is xored with the token id beforehand.
 * - `sequenceWords(tokenIds, positions, symbols, out)`: the word of the token at each position; `symbols` are all 0.
 * - `contextHeader`, `candidateWords(context, candidates, symbol 0, out)`: the words of many tokens in one context.
 * - `close` overwrites the key.
 */
export type MarkSource = Pick<
  KeyedWordSource,
  'contextWidth' | 'sequenceHeaders' | 'sequenceWords' | 'contextHeader' | 'candidateWords' | 'close'
>;

/** One response that is marked by changing its logits. Steps come in order. */
export interface MarkProcessor {
  /**
   * Changes the logits of one step in place.
   *
   * @param tokenIds prompt and response so far.
   * @param logits   Float32Array or Float64Array `[vocabSize]`. Overwritten.
   */
  process(tokenIds: ArrayLike<number>, logits: Float32Array | Float64Array): void;
}

/** One response whose tokens the mark chooses. Steps come in order. */
export interface MarkSampler {
  /**
   * Chooses the next token.
   *
   * @param tokenIds   prompt and response so far.
   * @param candidates the model's distribution after temperature and truncation.
   */
  choose(tokenIds: ArrayLike<number>, candidates: Candidates): number;
}

/** A foreign mark under one key. */
export interface ForeignMark {
  readonly source: MarkSource;
  readonly wordScore: WordScore;
  /** Starts a response; absent where the mark is not made on logits. */
  readonly startProcessor?: (promptLength: number) => MarkProcessor;
  /** Starts a response; absent where the mark does not choose tokens. `random`: fresh uniform numbers in (0, 1). */
  readonly startSampler?: (promptLength: number, random: () => number) => MarkSampler;
  /** Present where the profile's {@link Basis} is `layers`. */
  readonly layers?: LayeredKeys;
}

/** A configuration as its schema returns it: an object whose members are JSON, integers as bigint included. */
export type Config = object;

/** How somebody else's configuration is read. */
interface ProfileHead<C> {
  /** Such as `vllm-gumbel`. */
  readonly name: string;
  /** Which software writes the mark, for people. */
  readonly writtenBy: string;
  /** The family of the score, for reports. */
  readonly scheme: ScoreFamily;
  /** What a p-value rests on. */
  readonly basis: Basis;
  /** Returns what is wrong with a key, one sentence that every result repeats: that everybody has it. */
  caution?(config: C): string | undefined;
  /** Returns how many bits of the configured key count. */
  strength(config: C): KeyStrength;
  /**
   * The other side's own configuration, as it stands in its files; defaults are theirs, unknown fields are refused, every
   * message says what is wrong without repeating a secret value. Public fields come out as JSON that parses to itself.
   */
  readonly config: z.ZodType<C>;
  /** Fields of the configuration that are secret: they are never shown. */
  readonly secretFields: readonly string[];
  /**
   * Returns the configuration with a random secret, uniform among those of at most as many binary digits.
   *
   * @param bytes yields that many uniform random bytes.
   */
  redraw(config: C, bytes: (length: number) => Uint8Array): C;
  /**
   * Returns the one configuration that stands for all that draw the same numbers by other names or keys: the key id is of that one.
   * Absent where the schema leaves only one.
   */
  canonical?(config: C, vocabSize: number): C;
}

/** A port of a mark that is tested tuple by tuple. */
export interface Profile<C = Config> extends ProfileHead<C> {
  readonly kind: 'tuples';
  /**
   * Opens the mark.
   *
   * @param config    as `config` returned it.
   * @param vocabSize number of token ids that the other side's model has logits for.
   * @throws {RangeError} naming the field, if the vocabulary does not go with the configuration.
   */
  open(config: C, vocabSize: number): ForeignMark;
}

/** A port of a mark that is tested by ranking its key among random ones. */
export interface PermutationProfile<C = Config> extends ProfileHead<C> {
  readonly kind: 'permutation';
  /**
   * Ranks the key: P((1 + atLeastAsStrong) / (R + 1) ≤ α) ≤ α.
   *
   * @param tokenIds     Uint32Array `[n]`.
   * @param permutations random keys R, integer ≥ 1.
   * @param seed         where the random keys come from.
   */
  test(
    tokenIds: Uint32Array,
    config: C,
    vocabSize: number,
    permutations: number,
    seed: string,
  ): PermutationTest;
}

/** Any port. */
export type AnyProfile = Profile | PermutationProfile;
