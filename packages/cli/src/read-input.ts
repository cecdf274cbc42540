import { Buffer } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { decodeUtf8 } from '@countermark/watermark/tokenizer';
import { about } from './command-error.ts';

/** Names a file to people; `-` is standard input. */
export function inputName(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/**
 * Reads a whole file, or standard input for `-`, as strict UTF-8.
 *
 * @throws {CommandError} if it is not UTF-8, naming the first bad byte.
 */
export async function readText(path: string): Promise<string> {
  const bytes = path === '-' ? await readStandardInput() : await readFile(path);
  return about(inputName(path), () => decodeUtf8(bytes));
}

async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
