/**
 * The key of somebody else's watermark, with its public settings: docs/interop.md.
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { scrypt } from '#scrypt';
import { WatermarkError } from '../errors.ts';
import { NODE_INSPECT } from '../inspect.ts';
import type { Basis, KeyStrength, MarkKey, PermutationTest, ScoreFamily, ScoringMark } from '../mark-key.ts';
import { canonicalJson, type TokenizerParams } from '../params.ts';
import { deriveDecoySeed } from '../prf/decoy-seed.ts';
import { explainFaults } from './explain-faults.ts';
import { SHARED_SLOT, UNKEYED_SLOT } from './key-strength.ts';
import type { AnyProfile, Config, ForeignMark } from './profile.ts';

/** The public half of a foreign watermark's configuration. */
export interface ForeignParams {
  readonly version: 1;
  /** Which port reads it, as in `synthid-hf`. */
  readonly profile: string;
  /** Which tokenizer the token ids belong to; {@link NO_TOKENIZER} where only token ids can be tested. */
  readonly tokenizer: TokenizerParams;
  /** Token ids that the other side's model has logits for: the tokenizer's and padding. */
  readonly vocabSize: number;
  /** The other side's configuration by its own names, without what is secret. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What a foreign key is to the public: safe to publish. */
export interface PublicForeignKeyPart {
  readonly type: 'countermark-interop-params';
  readonly version: 1;
  readonly keyId: string;
  readonly fingerprint: string;
  readonly params: ForeignParams;
}

/** What an {@link ForeignKey} is made from. */
export interface ForeignKeyOptions {
  readonly profile: AnyProfile;
  /** The other side's configuration, parsed JSON. */
  readonly config: unknown;
  /** Which tokenizer the ids belong to (default: none, so that only token ids can be tested). */
  readonly tokenizer?: TokenizerParams;
  /** Logits of the other side's model, by default the tokenizer's vocabulary. */
  readonly vocabSize?: number;
}

/** Returns what stands for a tokenizer where only token ids are tested. */
export function noTokenizer(vocabSize: number): TokenizerParams {
  return { name: 'none', vocabSize, fingerprint: '0'.repeat(64) };
}

const MAX_VOCABULARY = 2 ** 31;
const KEY_ID_SALT = 'countermark 2026-11 interop key id v1';
const DECOY_KEY_SALT = 'countermark 2026-11 interop decoy key v1';

/**
 * A foreign watermark's secret together with its public settings.
 *
 * `JSON.stringify`, `console.log` and `String()` show the public part only.
 */
export class ForeignKey implements MarkKey {
  /** SHA-256 of the canonical public settings: 64 lowercase hex digits. */
  readonly fingerprint: string;
  readonly params: ForeignParams;
  /** The port that reads it. */
  readonly profile: AnyProfile;
  /** How much of the key counts. */
  readonly strength: KeyStrength;
  /** What is wrong with the key, if something is: that everybody has it. */
  readonly caution: string | undefined;
  /** Not known of other people's hashes. */
  readonly hasSoundHash = false;
  /** A foreign key has its key id alone. */
  readonly commitment = undefined;
  readonly #config: Config;
  readonly #secret: Readonly<Record<string, unknown>>;
  #keyId: string | undefined;
  #decoyKey: Uint8Array | undefined;
  // What the constructor's check opened, for the first who asks: some marks draw large tables.
  #opened: ForeignMark | undefined;

  static {
    Object.defineProperty(ForeignKey.prototype, NODE_INSPECT, { value: ForeignKey.prototype.toString });
  }

  /**
   * Reads a foreign configuration.
   *
   * @throws {WatermarkError} `params-invalid` naming each field that is wrong.
   */
  constructor({ profile, config, tokenizer, vocabSize }: ForeignKeyOptions) {
    const parsed = profile.config.safeParse(config);
    if (!parsed.success) {
      throw new WatermarkError('params-invalid', `${profile.name}: ${explainFaults(parsed.error)}`);
    }
    const size = vocabSize ?? tokenizer?.vocabSize;
    if (size === undefined || !(Number.isInteger(size) && size >= 2 && size <= MAX_VOCABULARY)) {
      throw new WatermarkError(
        'params-invalid',
        `vocabSize: must be an integer from 2 to ${MAX_VOCABULARY}: how many logits the model has, or its tokenizer`,
      );
    }
    if (tokenizer !== undefined && tokenizer.vocabSize > size) {
      throw new WatermarkError(
        'params-invalid',
        `vocabSize: ${size} is less than the ${tokenizer.vocabSize} ids of tokenizer ${tokenizer.name}`,
      );
    }
    this.profile = profile;
    const canonical = profile.canonical?.(parsed.data, size) ?? parsed.data;
    this.#config = canonical;
    const entries: [string, unknown][] = Object.entries(canonical);
    const isSecret = (name: string): boolean => profile.secretFields.includes(name);
    this.#secret = Object.fromEntries(
      entries.filter(([name]) => isSecret(name)).map(([name, value]) => [name, plain(value)]),
    );
    this.params = {
      version: 1,
      profile: profile.name,
      tokenizer: tokenizer ?? noTokenizer(size),
      vocabSize: size,
      settings: Object.fromEntries(entries.filter(([name, value]) => !isSecret(name) && value !== undefined)),
    };
    this.fingerprint = interopFingerprint(this.params);
    this.strength = profile.strength(canonical);
    if (this.strength.keyBits < 1) {
      throw new WatermarkError(
        'params-invalid',
        `${profile.name}: ${profile.secretFields.join(', ')}: no draw of this configuration depends on the key, so text without any key carries its mark`,
      );
    }
    this.caution = profile.caution?.(canonical);
    // What the configuration and the vocabulary make impossible together shows here, not in the middle of a text.
    if (profile.kind === 'tuples') this.#opened = this.open();
  }

  /** Token ids that the other side's model has logits for. */
  get vocabSize(): number {
    return this.params.vocabSize;
  }

  /** The profile. */
  get markName(): string {
    return this.profile.name;
  }

  /** The profile. */
  get profileName(): string {
    return this.profile.name;
  }

  get scoreFamily(): ScoreFamily {
    return this.profile.scheme;
  }

  get basis(): Basis {
    return this.profile.basis;
  }

  /** Commits to settings and secret together: 32 lowercase hex digits. Computed when it is first asked for. */
  get keyId(): string {
    this.#keyId ??= interopKeyId(this.params, this.#secret);
    return this.#keyId;
  }

  /**
   * Derives where the random keys come from that this key is compared with on a document: the same for the same document, and
   * unknown to whoever does not have the key.
   *
   * @param tokenIds Uint32Array `[n]`, the document.
   * @returns 64 lowercase hex digits. They may be published with the document's result: from them a guess of the key is as slow to
   *   test as from the key id.
   */
  decoySeed(tokenIds: Uint32Array): string {
    this.#decoyKey ??= derive(this.params, this.#secret, DECOY_KEY_SALT, 32);
    return deriveDecoySeed(this.#decoyKey, tokenIds);
  }

  /**
   * Opens the mark for scoring tuples, or for writing it. The caller closes its source.
   *
   * @throws {TypeError} if the profile has a permutation test instead.
   * @throws {WatermarkError} `params-invalid` if the configuration does not go with the vocabulary.
   */
  open(): ForeignMark {
    const { profile } = this;
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened !== undefined) return opened;
    if (profile.kind !== 'tuples')
      throw new TypeError(`"key" expected a mark of tuples, got ${profile.name}`);
    try {
      return profile.open(this.#config, this.params.vocabSize);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new WatermarkError('params-invalid', `${profile.name}: ${error.message}`, { cause: error });
    }
  }

  /** Opens what tuples are scored with. The caller closes its source. */
  openScoring(): ScoringMark {
    const { source, wordScore, layers } = this.open();
    // Every other word of a slot is scored.
    const commonLimit = Math.min(UNKEYED_SLOT, SHARED_SLOT);
    return { source, wordScore, layers, commonLimit, unkeyedSlot: UNKEYED_SLOT, scheme: undefined };
  }

  /**
   * The test of a document as a whole, for profiles that rank the key among random ones; undefined for others.
   */
  get permutationTest(): MarkKey['permutationTest'] {
    const { profile } = this;
    if (profile.kind !== 'permutation') return undefined;
    return (tokenIds, permutations, seed) => this.test(tokenIds, permutations, seed);
  }

  /**
   * Tests a document as a whole, for profiles that rank the key among random ones.
   *
   * @param seed where the random keys come from.
   * @throws {TypeError} if the profile scores tuples.
   */
  test(tokenIds: Uint32Array, permutations: number, seed: string): PermutationTest {
    const { profile } = this;
    if (profile.kind !== 'permutation') {
      throw new TypeError(`"key" expected a mark with a permutation test, got ${profile.name}`);
    }
    return profile.test(tokenIds, this.#config, this.params.vocabSize, permutations, seed);
  }

  /**
   * Opens the mark under another key, as {@link redraw} draws it; the caller closes its source. Quicker than a key of its own.
   *
   * @throws {TypeError} if the profile has a permutation test instead.
   */
  openRedrawn(bytes: (length: number) => Uint8Array): ForeignMark {
    const { profile } = this;
    if (profile.kind !== 'tuples')
      throw new TypeError(`"key" expected a mark of tuples, got ${profile.name}`);
    return profile.open(profile.redraw(this.#config, bytes), this.params.vocabSize);
  }

  /** Returns another key with the same settings and a random secret of at most as many binary digits. */
  redraw(bytes: (length: number) => Uint8Array): ForeignKey {
    const { profile, params } = this;
    return new ForeignKey({
      profile,
      config: Object.fromEntries(
        Object.entries(profile.redraw(this.#config, bytes)).map(([name, value]) => [name, plain(value)]),
      ),
      tokenizer: params.tokenizer,
      vocabSize: params.vocabSize,
    });
  }

  /** Returns the secret fields of the configuration, parsed JSON: for a key file only. */
  exportSecret(): Readonly<Record<string, unknown>> {
    return this.#secret;
  }

  /** Returns the public part; called by `JSON.stringify`. */
  toJSON(): PublicForeignKeyPart {
    return {
      type: 'countermark-interop-params',
      version: 1,
      keyId: this.keyId,
      fingerprint: this.fingerprint,
      params: this.params,
    };
  }

  /** Names the key by its public id. */
  toString(): string {
    return `ForeignKey(${this.keyId})`;
  }
}

/** Returns the fingerprint of public settings: {@link ForeignKey.fingerprint}. */
export function interopFingerprint(params: ForeignParams): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(params))));
}

/** Returns the id of settings and secret as they are spelt; a key's own is that of its canonical ones. */
export function interopKeyId(params: ForeignParams, secret: Readonly<Record<string, unknown>>): string {
  return bytesToHex(derive(params, secret, KEY_ID_SALT, 16));
}

function derive(
  params: ForeignParams,
  secret: Readonly<Record<string, unknown>>,
  salt: string,
  length: number,
): Uint8Array {
  return scrypt(`${canonicalJson(params)}\n${canonicalJson(secret)}`, salt, length);
}

// Keys of 64 bits are integers that JSON has no numbers for.
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return bytesToHex(value);
  return Array.isArray(value) ? value.map(plain) : value;
}
