import { Buffer } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { WatermarkError } from '@countermark/watermark';
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
  return about(name, () => {
    try {
      return decodeUtf8(bytes);
    } catch (error) {
      if (!(error instanceof WatermarkError)) throw error;
      throw new WatermarkError(error.code, `${error.message}: ${whatInstead(bytes)}`, { cause: error });
    }
  });
}

// What a file that is no UTF-8 most likely is, and what makes a text of it.
function whatInstead(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 5)).toString('latin1');
  if (start === '%PDF-') return 'it is a PDF; extract its text first, as pdftotext does';
  if (start.startsWith('PK\x03\x04'))
    return 'it is an Office document or a zip archive; save its text as a plain file';
  if (/^(\xff\xfe|\xfe\xff)/.test(start)) return 'it is text in UTF-16; save it in UTF-8';
  return bytes.includes(0) ? 'it is no text' : 'if it is text in another encoding, save it in UTF-8';
}

async function readStandardInput(): Promise<Uint8Array> {
  if (standardInputTaken) throw new CommandError('standard input can be given only once');
  standardInputTaken = true;
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
