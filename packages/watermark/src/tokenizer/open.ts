import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { WatermarkError } from '../errors.ts';
import { openTiktoken } from './tiktoken.ts';
import type { Tokenizer } from './tokenizer.ts';
import { parseTokenizerJson } from './tokenizer-json.ts';
import { decodeUtf8 } from './utf8.ts';

/**
 * Opens a tokenizer by name or from a file.
 *
 * A path has a slash or a backslash in it, or ends in `.json`; that of a folder means the `tokenizer.json`
 * inside. Such a tokenizer is named after the file, or after its folder where the file is `tokenizer.json`.
 *
 * @param nameOrPath one of {@link TOKENIZER_NAMES}, or the path of a tokenizer.json.
 * @throws {WatermarkError} `tokenizer-unknown` for a name that is neither; `tokenizer-unreadable` naming the
 *   path and what is wrong; `tokenizer-unavailable` naming the package that is missing.
 */
export async function openTokenizer(nameOrPath: string): Promise<Tokenizer> {
  if (!/[/\\]|\.json$/i.test(nameOrPath)) return openTiktoken(nameOrPath);
  try {
    const found = await stat(nameOrPath);
    const path = found.isDirectory() ? join(nameOrPath, 'tokenizer.json') : nameOrPath;
    return parseTokenizerJson(nameOf(path), decodeUtf8(await readFile(path)));
  } catch (cause) {
    const unavailable = cause instanceof WatermarkError && cause.code === 'tokenizer-unavailable';
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WatermarkError(
      unavailable ? 'tokenizer-unavailable' : 'tokenizer-unreadable',
      `${nameOrPath}: ${reason}`,
      { cause },
    );
  }
}

/** A name that parameters accept: `Qwen3-8B` for `models/Qwen3-8B/tokenizer.json`. */
function nameOf(path: string): string {
  const file = basename(path, '.json');
  const name = file === 'tokenizer' ? basename(dirname(resolve(path))) : file;
  return name.replace(/[^\x21-\x7e]/g, '-').slice(0, 128) || 'tokenizer';
}
