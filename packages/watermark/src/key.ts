/**
 * The vendor's secret with its parameters, and the two JSON forms of it: docs/spec.md section 2.
 */
import { randomBytes } from '@noble/hashes/utils.js';
import * as z from 'zod';
import { fromBase64Url, toBase64Url } from './base64url.ts';
import { WatermarkError } from './errors.ts';
import { NODE_INSPECT } from './inspect.ts';
import { checkFileIds, checkFileVersion, damagedFile } from './key-file-checks.ts';
import type { KeyStrength, MarkKey, ScoreFamily, ScoringMark } from './mark-key.ts';
import { paramsFingerprint, paramsHash, parseParams, type WatermarkParams } from './params.ts';
import {
  deriveAccountKey,
  deriveCommitment,
  deriveDecoyKey,
  deriveKeyId,
  deriveSchemeKey,
} from './prf/blake3.ts';
import { deriveDecoySeed } from './prf/decoy-seed.ts';
import { createWordSource } from './prf/word-source.ts';
import { createScheme } from './scheme/create-scheme.ts';
import { slotLimits } from './scheme/slots.ts';

/** What a key is to the public: safe to publish. */
export interface PublicKeyPart {
  readonly type: 'countermark-params';
  readonly version: 1;
  readonly keyId: string;
  readonly fingerprint: string;
  readonly params: WatermarkParams;
}

/**
 * A vendor secret together with the public parameters that it is used with.
 *
 * `JSON.stringify`, `console.log` and `String()` show the public part only; the secret leaves through
 * {@link formatKeyFile} alone.
 */
export class WatermarkKey implements MarkKey {
  /** Names the secret and the parameters together: 32 lowercase hex digits, public. */
  readonly keyId: string;
  /** The parameters' fingerprint: 64 lowercase hex digits, public. */
  readonly fingerprint: string;
  /** The public parameters. */
  readonly params: WatermarkParams;
  /** What BLAKE3 promises for a key of 256 bits. */
  readonly strength: KeyStrength = { keyBits: 128, drawBits: 128 };
  readonly basis = 'law';
  readonly hasSoundHash = true;
  /** Of other watermarks' keys only. */
  readonly profileName = undefined;
  /** Of other watermarks' keys only. */
  readonly caution = undefined;
  /** Of other watermarks' keys only. */
  readonly permutationTest = undefined;
  readonly #secret: Uint8Array;

  static {
    // What consoles print. A computed method name would not survive isolated declarations.
    Object.defineProperty(WatermarkKey.prototype, NODE_INSPECT, { value: WatermarkKey.prototype.toString });
  }

  /**
   * Binds a secret to parameters.
   *
   * @param params public parameters, as {@link createParams} returns them.
   * @param secret Uint8Array `[32]`, by default fresh from the system's cryptographic generator. Copied.
   * @throws {RangeError} if `secret` is not 32 bytes.
   * @throws {WatermarkError} `params-invalid` or `params-newer`.
   */
  constructor(params: WatermarkParams, secret: Uint8Array = randomBytes(32)) {
    this.params = parseParams(params);
    this.#secret = Uint8Array.from(secret);
    this.fingerprint = paramsFingerprint(this.params);
    this.keyId = deriveKeyId(this.#secret, paramsHash(this.params));
  }

  /**
   * Commits to the secret and the parameters together: 64 lowercase hex digits, public. What to publish before a key is used, since
   * the shorter key id would let its owner prepare two keys of one id with 2^64 steps.
   */
  get commitment(): string {
    return deriveCommitment(this.#secret, paramsHash(this.params));
  }

  /** Token ids are below it. */
  get vocabSize(): number {
    return this.params.tokenizer.vocabSize;
  }

  /** The scheme. */
  get markName(): string {
    return this.params.scheme.kind;
  }

  get scoreFamily(): ScoreFamily {
    return this.params.scheme.kind;
  }

  /** Opens what tuples are scored with. The caller closes its source. */
  openScoring(): ScoringMark {
    const { params } = this;
    const schemeKey = this.schemeKey();
    const source = createWordSource(schemeKey, params.contextWidth);
    schemeKey.fill(0);
    return {
      wordScore: createScheme(params.scheme),
      source,
      commonLimit: slotLimits(params).commonLimit,
      unkeyedSlot: -1,
      layers: undefined,
      scheme: params.scheme,
    };
  }

  /** Opens the mark under another secret. The caller closes its source. */
  openRedrawn(bytes: (length: number) => Uint8Array): ScoringMark {
    return this.redraw(bytes).openScoring();
  }

  /** Returns a key with the same parameters and a random secret. */
  redraw(bytes: (length: number) => Uint8Array): WatermarkKey {
    return new WatermarkKey(this.params, bytes(32));
  }

  /** Derives the scheme key k, `[32]`: secret, for the keyed function only. The caller wipes it. */
  schemeKey(): Uint8Array {
    return deriveSchemeKey(this.#secret, paramsHash(this.params));
  }

  /** Derives the account key k', `[32]`: secret, for account codes only. The caller wipes it. */
  accountKey(): Uint8Array {
    return deriveAccountKey(this.#secret, paramsHash(this.params));
  }

  /**
   * Derives where the random keys come from that this key is compared with on a document: the same for the same document, and
   * unknown to whoever does not have the key.
   *
   * @param tokenIds Uint32Array `[n]`, the document.
   * @returns 64 lowercase hex digits; they may be published with the document's result.
   */
  decoySeed(tokenIds: Uint32Array): string {
    const decoyKey = deriveDecoyKey(this.#secret, paramsHash(this.params));
    const seed = deriveDecoySeed(decoyKey, tokenIds);
    decoyKey.fill(0);
    return seed;
  }

  /** Returns a copy of the secret K, `[32]`. */
  exportSecret(): Uint8Array {
    return Uint8Array.from(this.#secret);
  }

  /** Returns the public part; called by `JSON.stringify`. */
  toJSON(): PublicKeyPart {
    return {
      type: 'countermark-params',
      version: 1,
      keyId: this.keyId,
      fingerprint: this.fingerprint,
      params: this.params,
    };
  }

  /** Names the key by its public id. */
  toString(): string {
    return `WatermarkKey(${this.keyId})`;
  }
}

const KeyFile = z.strictObject({
  type: z.literal('countermark-key'),
  version: z.literal(1),
  keyId: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lowercase hex digits'),
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hex digits'),
  params: z.unknown(),
  // 43 characters hold 258 bits: the last two are 0, so that a secret is written in one way only.
  secret: z.string().regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, 'must be 32 bytes in base64url'),
});

/** Returns the text of a key file. It holds the secret: write it with mode 0600, log it nowhere. */
export function formatKeyFile(key: WatermarkKey): string {
  const { keyId, fingerprint, params } = key;
  const bytes = key.exportSecret();
  const secret = toBase64Url(bytes);
  bytes.fill(0);
  const file = { type: 'countermark-key', version: 1, keyId, fingerprint, params, secret };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/**
 * Reads the text of a key file and checks that its parts belong together.
 *
 * No message repeats any of the text: it may hold a secret.
 *
 * @throws {WatermarkError} `key-unreadable` if it is not a key file; `params-newer` or `params-invalid` if its
 *   parameters cannot be used; `key-tampered` if its key id or fingerprint is not that of its contents.
 */
export function parseKeyFile(text: string): WatermarkKey {
  const value = parseJson(text);
  const head = z.looseObject({ type: z.string(), version: z.int() }).safeParse(value);
  if (!head.success) {
    throw new WatermarkError('key-unreadable', 'not a countermark key file: no "type" and "version"');
  }
  if (head.data.type === 'countermark-params') {
    throw new WatermarkError('key-unreadable', 'this is the public part of a key: it holds no secret');
  }
  if (head.data.type === 'countermark-interop-key') {
    throw new WatermarkError(
      'key-unreadable',
      'this is a key of another watermark: only detect, generate and params take such a key',
    );
  }
  if (head.data.type !== 'countermark-key') {
    throw new WatermarkError(
      'key-unreadable',
      'not a countermark key file: its "type" is that of another kind of file',
    );
  }
  checkFileVersion(head.data.version);
  const file = KeyFile.safeParse(value);
  if (!file.success) throw damagedFile(file.error);
  const { params, secret } = file.data;
  const bytes = fromBase64Url(secret);
  const key = new WatermarkKey(parseFileParams(params), bytes);
  bytes.fill(0);
  checkFileIds(key, file.data, 'parameters');
  return key;
}

function parseFileParams(params: unknown): WatermarkParams {
  try {
    return parseParams(params);
  } catch (error) {
    if (!(error instanceof WatermarkError) || error.code !== 'params-invalid') throw error;
    // The message names unknown fields, and a damaged file may have anything for a name: it is not passed on.
    throw new WatermarkError('params-invalid', 'damaged key file: its parameters are invalid');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and so perhaps the secret: it is not passed on.
    throw new WatermarkError('key-unreadable', 'not a countermark key file: it is not whole, valid JSON');
  }
}
