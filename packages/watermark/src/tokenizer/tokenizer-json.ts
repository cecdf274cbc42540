import { ByteLevelTokenizer } from './byte-level.ts';
import { byteLevelModel } from './byte-level-json.ts';
import { LibraryTokenizer } from './library-tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';
import { parseTokenizerFile } from './tokenizer-file.ts';
import { decodeUtf8 } from './utf8.ts';

/**
 * Returns the tokenizer of a tokenizer.json, by our own encoder where that gives the same ids: byte-level
 * byte-pair encoding with one of the common patterns (GPT-2, Llama 3, Qwen, gpt-oss and their kin). Any other
 * goes to the optional package `@anush008/tokenizers`.
 *
 * @param name for reports and parameters, 1 to 128 printable ASCII characters.
 * @param json the contents of the file: text, or its bytes in UTF-8.
 * @throws {WatermarkError} `tokenizer-unreadable` saying what is wrong; `tokenizer-unavailable` if the
 *   optional package is needed and cannot be loaded; `invalid-utf8` for bytes that are not UTF-8.
 */
export function parseTokenizerJson(name: string, json: string | Uint8Array): Tokenizer {
  const file = parseTokenizerFile(typeof json === 'string' ? json : decodeUtf8(json));
  const model = byteLevelModel(name, file);
  return model === undefined ? new LibraryTokenizer(name, file) : new ByteLevelTokenizer(model);
}
