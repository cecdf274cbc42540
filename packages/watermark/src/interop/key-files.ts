import { WatermarkError } from '../errors.ts';
import { parseJsonExactly } from '../exact-json.ts';
import { parseKeyFile, type WatermarkKey } from '../key.ts';
import type { InteropKey } from './interop-key.ts';
import { INTEROP_KEY_TYPE, parseInteropKeyFile } from './interop-key-file.ts';

/**
 * Reads the text of a key file of either kind, ours or another watermark's, and checks that its parts belong together.
 *
 * No message repeats any of it: it holds a secret.
 *
 * @throws {WatermarkError} `key-unreadable`, `params-newer`, `params-invalid` or `key-tampered`.
 */
export function parseMarkKeyFile(text: string): WatermarkKey | InteropKey {
  // The reader of our own files says what is wrong with anything that is not another's.
  if (!text.includes(INTEROP_KEY_TYPE)) return parseKeyFile(text);
  let value: unknown;
  try {
    value = parseJsonExactly(text);
  } catch {
    // A parser's own message quotes the text, and so perhaps a key.
    throw new WatermarkError('key-unreadable', 'not a countermark key file: it is not whole, valid JSON');
  }
  return parseInteropKeyFile(value);
}
