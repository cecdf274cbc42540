import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** A tokenizer's file as it lies on a disk. */
export interface FoundTokenizerFile {
  /** What parameters may call it: `Qwen3-8B` for `models/Qwen3-8B/tokenizer.json`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Reads a file; of a folder, its `tokenizer.json`, or where there is none another file that is a tokenizer. */
export async function readTokenizerFile(path: string): Promise<FoundTokenizerFile> {
  const file = (await stat(path)).isDirectory() ? await fileIn(path) : path;
  return { name: nameOf(file), bytes: await readFile(file) };
}

const OTHERS = /^(tekken\.json|.+\.tiktoken|tiktoken\.model|tokenizer\.model)$/i;

async function fileIn(folder: string): Promise<string> {
  const names = await readdir(folder);
  // Where there is none, reading the usual one says so.
  const other = names.includes('tokenizer.json') ? undefined : names.sort().find((name) => OTHERS.test(name));
  return join(folder, other ?? 'tokenizer.json');
}

// Names that say nothing of the model.
const USUAL = /^(tokenizer|tekken|tiktoken)$/i;

function nameOf(path: string): string {
  const file = basename(path).replace(/\.(json|tiktoken|model)$/i, '');
  const name = USUAL.test(file) ? basename(dirname(resolve(path))) : file;
  return name.replace(/[^\x21-\x7e]/g, '-').slice(0, 128) || 'tokenizer';
}
