import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** A tokenizer.json as it lies on a disk. */
export interface FoundTokenizerFile {
  /** What parameters may call it: `Qwen3-8B` for `models/Qwen3-8B/tokenizer.json`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Reads a file, or the `tokenizer.json` of a folder. */
export async function readTokenizerFile(path: string): Promise<FoundTokenizerFile> {
  const file = (await stat(path)).isDirectory() ? join(path, 'tokenizer.json') : path;
  return { name: nameOf(file), bytes: await readFile(file) };
}

function nameOf(path: string): string {
  const file = basename(path, '.json');
  const name = file === 'tokenizer' ? basename(dirname(resolve(path))) : file;
  return name.replace(/[^\x21-\x7e]/g, '-').slice(0, 128) || 'tokenizer';
}
