/** How a document becomes token ids under each key's tokenizer. */

import type { MarkKey } from '@countermark/watermark/scheme';
import type { NormalizationChange, Tokenizer } from '@countermark/watermark/tokenizer';
import { DetectorError } from '../errors.ts';
import { encodeText } from './encode-text.ts';
import { type Normalization, normalizeBy } from './normalization.ts';
import { toTokenIds } from './token-ids.ts';
import { tokenizerOf } from './tokenizer-of.ts';

/** A text as it was given, and as it was tokenized. */
export interface SourceText {
  /** As it was given. */
  readonly original: string;
  /** After normalisation. */
  readonly text: string;
  /** Maps bytes of `text` to bytes of `original`, both in UTF-8. */
  readonly originalOffsets: (offsets: ArrayLike<number>) => Uint32Array;
}

/** A document before it is read by any tokenizer: a text, normalised, or token ids. */
export type Source =
  | (SourceText & { readonly changes: readonly NormalizationChange[] })
  | { readonly tokenIds: Uint32Array };

/** A document's tokens as one key's tokenizer gives them. */
export interface TokenizedDocument {
  readonly tokenIds: Uint32Array;
  /** Undefined for token ids. */
  readonly tokenizer: Tokenizer | undefined;
}

/**
 * Opens a document.
 *
 * @throws {DetectorError} `token-out-of-range` if a value is no token id.
 */
export function openSource(document: string | ArrayLike<number>, normalization: Normalization): Source {
  if (typeof document !== 'string') return { tokenIds: toTokenIds(document) };
  return { original: document, ...normalizeBy(document, normalization) };
}

/**
 * Reads a document once for each tokenizer.
 *
 * @param keys       the keys; those of one tokenizer share a reading.
 * @param tokenizers for texts.
 * @returns one reading for each key.
 * @throws {DetectorError} `tokenizer-mismatch` if a key's tokenizer is missing, or token ids meet keys of several;
 *   `tokenizer-refused` if a tokenizer cannot encode the text.
 */
export function readSource(
  source: Source,
  keys: readonly MarkKey[],
  tokenizers: readonly Tokenizer[],
): TokenizedDocument[] {
  if (!('text' in source)) checkOneTokenizer(keys);
  return oncePerTokenizer(keys, (key) => {
    if (!('text' in source)) return { tokenIds: source.tokenIds, tokenizer: undefined };
    const tokenizer = tokenizerOf(key, tokenizers);
    return { tokenIds: encodeText(source.text, tokenizer), tokenizer };
  });
}

/**
 * Reads something for each key; keys of one tokenizer share what is read for the first of them.
 *
 * @returns one reading for each key.
 */
export function oncePerTokenizer<K extends MarkKey, T>(keys: readonly K[], read: (key: K) => T): T[] {
  const readings = new Map<string, T>();
  return keys.map((key) => {
    const { fingerprint } = key.params.tokenizer;
    if (!readings.has(fingerprint)) readings.set(fingerprint, read(key));
    return readings.get(fingerprint) as T;
  });
}

/**
 * Checks that keys can test token ids, which are one tokenizer's.
 *
 * @throws {DetectorError} `tokenizer-mismatch` if the keys have several tokenizers.
 */
export function checkOneTokenizer(keys: readonly MarkKey[]): void {
  if (new Set(keys.map((key) => key.params.tokenizer.fingerprint)).size < 2) return;
  throw new DetectorError(
    'tokenizer-mismatch',
    'token ids belong to one tokenizer, but the keys have several',
  );
}
