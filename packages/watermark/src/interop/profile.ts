/**
 * What a port of somebody else's watermark is made of: docs/interop.md.
 *
 * A profile reads the configuration that the other side already has, and gives the two parts that the detector's seam
 * asks for: a word source, bit for bit the other side's hash, and a scheme that scores its words. What can also be
 * written has a processor (the mark changes logits) or a sampler (the mark chooses the token).
 */
import type { z } from 'zod';
import type { KeyedWordSource } from '../prf/word-source.ts';
import type { Candidates } from '../sampling/candidates.ts';
import type { NullLaw } from '../scheme/null-law.ts';

/** How a word is scored, and what the sum is compared with: the half of a scheme that a detector needs. */
export interface ScoreReading {
  /** The law of a sum of scores over n unique tuples of text that is not marked; never too light in the tail. */
  readonly nullLaw: NullLaw;
  /** Mean of one score under the null. */
  readonly nullMean: number;
  /** Standard deviation of one score under the null. */
  readonly nullDeviation: number;
  /** Returns the integer score of a word. */
  score(word: number): number;
  /** Sums the scores of the first `count` words, exactly. */
  sumScores(words: Uint32Array, count: number): number;
}

/**
 * A foreign hash behind the word source's interface.
 *
 * - `contextWidth`: tokens before a scored one that its word depends on, 1…15. Earlier positions are not scored, also
 *   where the other side pads them.
 * - `sequenceHeaders(tokenIds [n], out [(n − h) * 4])`: row i belongs to the token at position h + i and is
 *   `[0, 0, saltLow, saltHigh]`. The 64-bit salt, xored with the token id in its high word, names the tuple: two tokens whose
 *   words are one and the same draw of the hash must have equal salts up to that. So the salt is a good mix of the
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
  readonly reading: ScoreReading;
  /** Starts a response; absent where the mark is not made on logits. */
  readonly startProcessor?: (promptLength: number) => MarkProcessor;
  /** Starts a response; absent where the mark does not choose tokens. `random`: fresh uniform numbers in (0, 1). */
  readonly startSampler?: (promptLength: number, random: () => number) => MarkSampler;
}

/** A port: how its configuration is read, and what it opens. */
export interface Profile<Config> {
  /** Such as `vllm-gumbel`. */
  readonly name: string;
  /** Which software writes the mark, for people. */
  readonly writtenBy: string;
  /** The family of the score, for reports. */
  readonly scheme: 'gumbel' | 'green-list' | 'tournament';
  /**
   * The other side's own configuration, as it stands in its files; defaults are theirs, unknown fields are refused, every
   * message says what is wrong without repeating a secret value.
   */
  readonly config: z.ZodType<Config>;
  /** Fields of the configuration that are secret: they are never shown. */
  readonly secretFields: readonly (keyof Config & string)[];
  /**
   * Opens the mark.
   *
   * @param config    as `config` returned it.
   * @param vocabSize number of token ids that the other side's model has logits for.
   * @throws {RangeError} naming the field, if the vocabulary does not go with the configuration.
   */
  open(config: Config, vocabSize: number): ForeignMark;
}
