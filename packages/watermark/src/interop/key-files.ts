import { WatermarkError } from '../errors.ts';
import { parseJsonExactly } from '../exact-json.ts';
import { parseKeyFile, type WatermarkKey } from '../key.ts';
import type { ForeignKey } from './foreign-key.ts';
import { FOREIGN_KEY_TYPE, parseForeignKeyFile } from './foreign-key-file.ts';

/**
 * Reads the text of a key file of either kind, ours or another watermark's, and checks that its parts belong together.
 *
 * No message repeats any of it: it holds a secret.
 *
 * @throws {WatermarkError} `key-unreadable`, `params-newer`, `params-invalid` or `key-tampered`.
 */
export function parseMarkKeyFile(text: string): WatermarkKey | ForeignKey {
  // The reader of our own files says what is wrong with anything that is not another's.
  if (!text.includes(FOREIGN_KEY_TYPE)) return parseKeyFile(text);
  let value: unknown;
  try {
    value = parseJsonExactly(text);
  } catch {
    // A parser's own message quotes the text, and so perhaps a key.
    throw new WatermarkError('key-unreadable', 'not a countermark key file: it is not whole, valid JSON');
  }
  return parseForeignKeyFile(value);
}
