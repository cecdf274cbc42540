import { Buffer } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { decodeUtf8 } from '@countermark/watermark/tokenizer';
import { about, CommandError } from './command-error.ts';

let standardInputTaken = false;

/** Names a file to people; `-` is standard input. */
export function inputName(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/**
 * Reads a whole file, or standard input for `-`, as strict UTF-8.
 *
 * @throws {CommandError} if it is not UTF-8, naming the first bad byte, or standard input is read a second time.
 */
export async function readText(path: string): Promise<string> {
  const name = inputName(path);
  const bytes = await (path === '-' ? readStandardInput() : readFile(path)).catch((error: unknown) => {
    // The system names the file only where it could not be opened.
    if (error instanceof Error && 'syscall' in error) Object.assign(error, { path: name });
    throw error;
  });
  return about(name, () => decodeUtf8(bytes));
}

async function readStandardInput(): Promise<Uint8Array> {
  if (standardInputTaken) throw new CommandError('standard input can be given only once');
  standardInputTaken = true;
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
