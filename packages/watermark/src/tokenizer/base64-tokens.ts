import { WatermarkError } from '../errors.ts';
import type { TokenBytes } from './merge-vocabulary.ts';

/** What to do about a tokenizer's file that is not read. */
export const TOKENIZER_JSON_ADVICE: string =
  'give the tokenizer.json of the model instead: ' +
  'AutoTokenizer.from_pretrained(MODEL).save_pretrained(FOLDER) of transformers writes one';

/** A token as files of ranks have it. */
export interface Base64Token {
  readonly id: number;
  /** Its bytes in base64. */
  readonly word: string;
}

/**
 * Packs the tokens of a file.
 *
 * @throws {WatermarkError} `tokenizer-unreadable` if two have one id, or one has no bytes.
 */
export function packBase64(tokens: readonly Base64Token[]): TokenBytes {
  const size = tokens.reduce((most, { id }) => Math.max(most, id + 1), 0);
  const blob = new Uint8Array(tokens.reduce((sum, { word }) => sum + word.length, 0));
  const starts = new Uint32Array(size);
  const lengths = new Uint32Array(size);
  let end = 0;
  for (const { id, word } of tokens) {
    const start = end;
    end = appendBase64(word, blob, end);
    if (end === start) throw new WatermarkError('tokenizer-unreadable', `token ${id} has no bytes`);
    if (lengths[id] !== 0) throw new WatermarkError('tokenizer-unreadable', `two tokens have the id ${id}`);
    starts[id] = start;
    lengths[id] = end - start;
  }
  return { size, blob: blob.slice(0, end), starts, lengths };
}

/** Writes the bytes of `word` into `blob` from `end` on, and returns the new end. */
export function appendBase64(word: string, blob: Uint8Array, end: number): number {
  let bits = 0;
  let held = 0;
  for (let i = 0; i < word.length; i++) {
    const digit = BASE64.indexOf(word.charAt(i));
    if (digit < 0) break; // the padding
    bits = (bits << 6) | digit;
    held += 6;
    if (held >= 8) {
      held -= 8;
      blob[end++] = (bits >> held) & 0xff;
      bits &= (1 << held) - 1;
    }
  }
  return end;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
