/** What every result begins with, whatever was tested: so that whoever reads, signs or checks one finds it in one place. */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { sha256Hex } from '#sha256';
import type { Software } from './software.ts';

/**
 * The hypothesis that each kind of result tests, in words: section 1 and 6 of docs/statistics.md, and docs/scan.md. A p-value bounds how
 * often a test rejects it wrongly, over random keys or codes; it says nothing of any other statement.
 */
export const NULL_HYPOTHESES = {
  detection: 'the document was produced without access to the key',
  'account-trace': 'the text was produced without access to the code of the account',
  'corpus-scan': 'every document of the corpus was produced without access to the key',
  'model-audit': 'the model was made without access to the key or to anything that depends on it',
} as const;

/** A kind of result that tests a hypothesis. */
export type FindingObject = keyof typeof NULL_HYPOTHESES;

/** A key that was tested, by what is public of it. */
export interface FindingKey {
  readonly keyId: string;
  /** Fingerprint of the public parameters, 64 hex digits. */
  readonly params: string;
  /** Commits to secret and parameters, 64 hex digits: of our own keys only. */
  readonly commitment?: string;
  /** Whose mark it is, if not ours: a profile of docs/interop.md. */
  readonly profile?: string;
}

/** Something that was tested, by a digest that others can compute. */
export interface FindingInput {
  /** Names the input to people; it proves nothing. */
  readonly name?: string;
  /**
   * `text`: SHA-256 of its UTF-8 bytes as read; `token-ids`: of the ids as `tokensDigest` has it; `scan-manifest`: of the manifest; `file`: of a
   * file's bytes.
   */
  readonly kind: 'text' | 'token-ids' | 'scan-manifest' | 'file';
  /** 64 hex digits. */
  readonly sha256: string;
}

/** The head of a result. */
export interface Finding {
  readonly version: 1;
  readonly object: FindingObject;
  /** The hypothesis that the p-values are of. */
  readonly nullHypothesis: string;
  /** The level that was fixed beforehand. */
  readonly level: number;
  readonly software: Software;
  /** Every key that was tested, in the order given. */
  readonly keys: readonly FindingKey[];
  /** Everything that was tested, in the order given. */
  readonly inputs: readonly FindingInput[];
}

/** What a head is made of. */
export interface FindingParts {
  readonly level: number;
  readonly software: Software;
  readonly keys: readonly FindingKey[];
  readonly inputs: readonly FindingInput[];
}

/** Makes the head of a result. Of keys, it takes what {@link FindingKey} names and nothing else. */
export function findingOf(object: FindingObject, { level, software, keys, inputs }: FindingParts): Finding {
  return {
    version: 1,
    object,
    nullHypothesis: NULL_HYPOTHESES[object],
    level,
    software,
    keys: keys.map(({ keyId, params, commitment, profile }) => ({
      keyId,
      params,
      ...(commitment === undefined ? {} : { commitment }),
      ...(profile === undefined ? {} : { profile }),
    })),
    inputs,
  };
}

/**
 * Names a document by its digest.
 *
 * @param content a text, or token ids below 2^32 `[n]`.
 * @param name    for people.
 */
export function findingInput(content: string | ArrayLike<number>, name?: string): FindingInput {
  const named = name === undefined ? {} : { name };
  return typeof content === 'string'
    ? { ...named, kind: 'text', sha256: sha256Hex(utf8ToBytes(content)) }
    : { ...named, kind: 'token-ids', sha256: tokensDigest(content) };
}

/**
 * Names a document by its tokens: SHA-256 of the ids as 32-bit little-endian integers, 64 lowercase hex digits.
 *
 * @param tokenIds `[n]`, each below 2^32.
 */
export function tokensDigest(tokenIds: ArrayLike<number>): string {
  const bytes = new DataView(new ArrayBuffer(4 * tokenIds.length));
  for (let i = 0; i < tokenIds.length; i++) bytes.setUint32(4 * i, tokenIds[i] as number, true);
  return sha256Hex(new Uint8Array(bytes.buffer));
}
