import { readTokenizerFile } from '#tokenizer-file';
import { WatermarkError } from '../errors.ts';
import { systemFaultInWords } from '../system-fault.ts';
import { parseTokenizer } from './parse-tokenizer.ts';
import { openTiktoken } from './tiktoken.ts';
import type { Tokenizer } from './tokenizer.ts';

/**
 * Opens a tokenizer by name or from a file.
 *
 * A path has a slash or a backslash in it, or ends in `.json`, `.tiktoken` or `.model`; that of a folder means the `tokenizer.json`
 * inside, or where there is none its `tekken.json` or ranks for tiktoken. Such a tokenizer is named after the file, or after its folder where the file is `tokenizer.json`. Browsers have no paths:
 * give the file's bytes to `parseTokenizerJson` there.
 *
 * @param nameOrPath one of {@link TOKENIZER_NAMES}, or the path of a tokenizer.json, a tekken.json or ranks for tiktoken.
 * @throws {WatermarkError} `tokenizer-unknown` for a name that is neither; `tokenizer-unreadable` naming the
 *   path and what is wrong; `tokenizer-unavailable` naming the package that is missing.
 */
export async function openTokenizer(nameOrPath: string): Promise<Tokenizer> {
  if (!/[/\\]|\.(json|tiktoken|model)$/i.test(nameOrPath)) return openTiktoken(nameOrPath);
  try {
    const { name, bytes } = await readTokenizerFile(nameOrPath);
    return parseTokenizer(name, bytes);
  } catch (cause) {
    const unavailable = cause instanceof WatermarkError && cause.code === 'tokenizer-unavailable';
    const reason = reasonOf(cause);
    throw new WatermarkError(
      unavailable ? 'tokenizer-unavailable' : 'tokenizer-unreadable',
      `${nameOrPath}: ${reason}`,
      { cause },
    );
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const isOfSystem = 'syscall' in cause && 'code' in cause && typeof cause.code === 'string';
  return isOfSystem ? systemFaultInWords(String(cause.code)) : cause.message;
}

/**
 * Opens tokenizers: all of them, or none.
 *
 * @param names names or paths.
 * @param check looks at them before they are anybody's; they are closed where it throws.
 * @throws {WatermarkError} if one cannot be read.
 */
export async function openTokenizers(
  names: readonly string[],
  check: (opened: readonly Tokenizer[]) => void = () => undefined,
): Promise<Tokenizer[]> {
  const opened: Tokenizer[] = [];
  try {
    for (const name of names) opened.push(await openTokenizer(name));
    check(opened);
    return opened;
  } catch (error) {
    for (const tokenizer of opened) tokenizer.close();
    throw error;
  }
}
