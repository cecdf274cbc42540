import { ByteLevelTokenizer } from './byte-level.ts';
import { byteLevelModel } from './byte-level-json.ts';
import { characterModel } from './character-json.ts';
import { CharacterTokenizer } from './character-tokenizer.ts';
import { LibraryTokenizer } from './library-tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';
import { checkTokenizerFile, parseTokenizerFile, type TokenizerFile } from './tokenizer-file.ts';
import { decodeUtf8 } from './utf8.ts';

/**
 * Returns the tokenizer of a tokenizer.json, by our own encoder where that gives the same ids: byte-level
 * byte-pair encoding with one of the common patterns (GPT-2, Llama 3, Qwen, gpt-oss and their kin), and byte-pair encoding of characters
 * with bytes to fall back to, as SentencePiece has it (Llama 2, Mistral, Gemma and their kin). Any other
 * goes to the optional package `@anush008/tokenizers`.
 *
 * @param name for reports and parameters, 1 to 128 printable ASCII characters.
 * @param json the contents of the file: text, or its bytes in UTF-8.
 * @throws {WatermarkError} `tokenizer-unreadable` saying what is wrong; `tokenizer-unavailable` if the
 *   optional package is needed and cannot be loaded; `invalid-utf8` for bytes that are not UTF-8.
 */
export function parseTokenizerJson(name: string, json: string | Uint8Array): Tokenizer {
  return tokenizerOf(name, parseTokenizerFile(typeof json === 'string' ? json : decodeUtf8(json)));
}

/** Returns the tokenizer of a tokenizer.json that was parsed. */
export function parseTokenizerValue(name: string, value: unknown): Tokenizer {
  return tokenizerOf(name, checkTokenizerFile(value));
}

function tokenizerOf(name: string, file: TokenizerFile): Tokenizer {
  const byteLevel = byteLevelModel(name, file);
  if (byteLevel !== undefined) return new ByteLevelTokenizer(byteLevel);
  const characters = characterModel(file);
  if (characters !== undefined) return new CharacterTokenizer(name, file, characters);
  return new LibraryTokenizer(name, file);
}
