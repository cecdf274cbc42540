/** How a document becomes token ids under each key's tokenizer. */
import type { NormalizationChange, Tokenizer } from '@countermark/watermark/tokenizer';
import type { DetectionKey } from './detection-key.ts';
import { encodeText } from './encode-text.ts';
import { DetectorError } from './errors.ts';
import { type Normalization, normalizeBy } from './normalization.ts';
import type { SourceText } from './regions/add-characters.ts';
import { toTokenIds } from './token-ids.ts';
import { tokenizerOf } from './tokenizer-of.ts';

/** A document before it is read by any tokenizer: a text, normalised, or token ids. */
export type Source =
  | (SourceText & { readonly changes: readonly NormalizationChange[] })
  | { readonly tokenIds: Uint32Array };

/** A document's tokens as one key's tokenizer gives them. */
export interface Reading {
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
  keys: readonly DetectionKey[],
  tokenizers: readonly Tokenizer[],
): Reading[] {
  const readings = new Map<string, Reading>();
  return keys.map((key) => {
    const { fingerprint } = key.params.tokenizer;
    const held = readings.get(fingerprint);
    if (held !== undefined) return held;
    if (!('text' in source) && readings.size > 0) {
      throw new DetectorError(
        'tokenizer-mismatch',
        'token ids belong to one tokenizer, but the keys have several',
      );
    }
    const reading =
      'text' in source
        ? encode(source.text, tokenizerOf(key, tokenizers))
        : { tokenIds: source.tokenIds, tokenizer: undefined };
    readings.set(fingerprint, reading);
    return reading;
  });
}

function encode(text: string, tokenizer: Tokenizer): Reading {
  return { tokenIds: encodeText(text, tokenizer), tokenizer };
}
