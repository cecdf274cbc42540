/**
 * A key that documents can be tested with: one of ours, or one of another watermark (docs/interop.md). Whoever scores, plans or reports asks
 * for this and never whose key it is.
 */
import type { SchemeParams, TokenizerParams } from './params.ts';
import type { KeyedWordSource } from './prf/word-source.ts';
import type { WordScore } from './scheme/scheme.ts';

/** The family of a score. */
export type ScoreFamily = 'gumbel' | 'green-list' | 'tournament';

/**
 * What a p-value under a key rests on: docs/statistics.md section 18.6.
 *
 * - `law`: the null law of the sum, as long as the hash draws as a random function would.
 * - `layers`: layers have independent keys, and each layer's score is compared with what other keys of that layer, fifteen or all of them, give
 *   on this very text. Nothing is assumed about the hash.
 * - `rank`: the rank of the key among random keys on this very text. Nothing is assumed about the hash.
 */
export type Basis = 'law' | 'layers' | 'rank';

/** What a key is worth at most under one configuration, in bits; fractions are allowed. */
export interface KeyStrength {
  /** log2 of the number of keys of this length that the mark can tell apart. */
  readonly keyBits: number;
  /** Bits of the key that a tuple's draw must depend on to be scored, at most `keyBits`. */
  readonly drawBits: number;
}

/** What a scorer asks a word source for. */
export type ScoringSource = Pick<
  KeyedWordSource,
  'contextWidth' | 'sequenceHeaders' | 'sequenceWords' | 'close'
>;

/** A mark whose bits come in layers, each drawn under a key of its own. */
export interface LayeredKeys {
  /** Uint32Array `[depth]`, what a one of each layer scores. */
  readonly weights: Uint32Array;
  /**
   * Opens sources that differ from the mark's own in the layers' keys alone: bit l of their words is what layer l would have drawn
   * under another key of it. All keys, the mark's own included, are different. The caller closes them.
   *
   * @param count how many are wanted; fewer come where keys of that length are too few.
   * @param bytes yields that many uniform random bytes.
   */
  redraw(count: number, bytes: (length: number) => Uint8Array): readonly ScoringSource[];
  /** Present where every key of a layer can be compared at once. */
  readonly shifted?: ShiftedLayers;
}

/**
 * Layers that read one table of bits: at the place of a draw, which no key decides, moved by a shift, which the layer's key decides.
 *
 * So the law of a layer's ones over its keys is known for any text: docs/statistics.md section 18.8.
 */
export interface ShiftedLayers {
  /** Uint8Array `[size]`, bits; the size is a power of two. */
  readonly table: Uint8Array;
  /** The layers that are tested, ascending. */
  readonly counted: readonly number[];
  /** Float64Array `[size]`: how many keys of a layer give each shift; undefined where each of them is as likely as another. */
  readonly ways: Float64Array | undefined;
  /** ln of what a tail under independent shifts is multiplied by, ≥ 0. */
  readonly lnFactor: number;
  /**
   * Writes the place of the draw at each position: Uint32Array, at least `[positions.length]`, entries below the table's size.
   *
   * @throws {TypeError} if the mark's source was closed.
   */
  places(tokenIds: Uint32Array, positions: Uint32Array, out: Uint32Array): void;
}

/** What tuples are scored with under one key. The caller closes the source. */
export interface ScoringMark {
  readonly wordScore: WordScore;
  readonly source: ScoringSource;
  /** Contexts whose slot word is below it are scored. */
  readonly commonLimit: number;
  /** The word of a slot that stands for a draw which depends on too little of the key; -1 where there is none such. */
  readonly unkeyedSlot: number;
  /** The keys of layers, where the key's {@link Basis} is `layers`. */
  readonly layers: LayeredKeys | undefined;
  /** The scheme whose words have known likelihood ratios; undefined for another watermark's. */
  readonly scheme: SchemeParams | undefined;
}

/** A key ranked among random ones by a statistic of the whole document. */
export interface PermutationTest {
  /** The key's statistic; lower is stronger. */
  readonly statistic: number;
  /** Mean and standard deviation of the random keys' statistics. */
  readonly nullMean: number;
  readonly nullDeviation: number;
  /** Random keys R. */
  readonly permutations: number;
  /** Random keys whose statistic is at most the key's. */
  readonly atLeastAsStrong: number;
  /** Tokens that the statistic looks at. */
  readonly scored: number;
}

/** A key that documents can be tested with. `JSON.stringify` and `String()` show its public part only. */
export interface MarkKey {
  /** Names secret and settings together: 32 lowercase hex digits, public. */
  readonly keyId: string;
  /** Fingerprint of the public settings: 64 lowercase hex digits. */
  readonly fingerprint: string;
  /** The public settings; every kind of key has a tokenizer among them. */
  readonly params: { readonly tokenizer: TokenizerParams };
  /** Token ids are below it: the tokenizer's and, in some models, padding. */
  readonly vocabSize: number;
  /** What people call the mark: a scheme of ours, or a profile. */
  readonly markName: string;
  /** Which profile of docs/interop.md reads the mark; undefined for our own. */
  readonly profileName: string | undefined;
  readonly scoreFamily: ScoreFamily;
  readonly basis: Basis;
  readonly strength: KeyStrength;
  /**
   * Whether the mark's draws are those of a hash that nobody can tell from a random function. Where it is not known, no p-value is
   * below what {@link strength} supports, the key is ranked among decoys unless told otherwise, and that rank counts where the decoys' own
   * p-values come out too small.
   */
  readonly hasSoundHash: boolean;
  /** Commits to secret and settings, 64 lowercase hex digits; undefined where only a key id does. */
  readonly commitment: string | undefined;
  /** What is wrong with the key, one sentence that every result repeats: that everybody has it. */
  readonly caution: string | undefined;
  /**
   * Opens what tuples are scored with.
   *
   * @throws {TypeError} if the mark has a {@link permutationTest} instead.
   */
  openScoring(): ScoringMark;
  /** Ranks the key by a statistic of the whole document; undefined where tuples are scored. */
  readonly permutationTest:
    | ((tokenIds: Uint32Array, permutations: number, seed: string) => PermutationTest)
    | undefined;
  /** Derives where the random keys come from that this key is compared with on a document `[n]`: 64 lowercase hex digits. */
  decoySeed(tokenIds: Uint32Array): string;
  /**
   * Returns another key with the same settings and a random secret.
   *
   * @param bytes yields that many uniform random bytes.
   */
  redraw(bytes: (length: number) => Uint8Array): MarkKey;
  /** Returns the public part; called by `JSON.stringify`. */
  toJSON(): object;
  /**
   * Opens the mark under another key, as {@link redraw} draws it; quicker than a key of its own.
   *
   * @throws {TypeError} as {@link openScoring} does.
   */
  openRedrawn(bytes: (length: number) => Uint8Array): Pick<ScoringMark, 'source' | 'wordScore'>;
}
