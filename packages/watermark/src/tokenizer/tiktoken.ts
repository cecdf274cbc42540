import { WatermarkError } from '../errors.ts';
import { byteLevelTokenizer } from './byte-level.ts';
import type { TokenBytes } from './merge-vocabulary.ts';
import type { Tokenizer } from './tokenizer.ts';

// The ranks and patterns come from the tiktoken package; its WebAssembly engine is not used. That one merges
// in quadratic time (160 kB of one letter take 28 s), keeps 60 MB for o200k_base, and is half as fast on prose.

/** The encodings that {@link openTiktoken} knows. */
export type TiktokenName = 'o200k_base' | 'cl100k_base' | 'p50k_base' | 'p50k_edit' | 'r50k_base' | 'gpt2';

const LOADERS: Readonly<Record<TiktokenName, () => Promise<unknown>>> = {
  o200k_base: () => import('tiktoken/encoders/o200k_base'),
  cl100k_base: () => import('tiktoken/encoders/cl100k_base'),
  p50k_base: () => import('tiktoken/encoders/p50k_base'),
  p50k_edit: () => import('tiktoken/encoders/p50k_edit'),
  r50k_base: () => import('tiktoken/encoders/r50k_base'),
  gpt2: () => import('tiktoken/encoders/gpt2'),
};

/** The names of the encodings that {@link openTiktoken} knows. */
export const TIKTOKEN_NAMES: readonly TiktokenName[] = Object.keys(LOADERS) as TiktokenName[];

/** An encoding as the tiktoken package publishes it. */
interface EncodingFile {
  readonly pat_str: string;
  readonly special_tokens: Readonly<Record<string, number>>;
  readonly bpe_ranks: string;
}

/**
 * Opens one of OpenAI's encodings; ids equal those of tiktoken's `encode_ordinary`.
 *
 * Loads the ranks of this encoding only.
 *
 * @throws {WatermarkError} `tokenizer-unknown` for any other name; `tokenizer-unavailable` if the tiktoken
 *   package cannot be loaded; `tokenizer-unreadable` if its ranks are not what this release knows.
 */
export async function openTiktoken(name: string): Promise<Tokenizer> {
  const load = Object.hasOwn(LOADERS, name) ? LOADERS[name as TiktokenName] : undefined;
  if (load === undefined) {
    throw new WatermarkError('tokenizer-unknown', `expected one of ${TIKTOKEN_NAMES.join(', ')}`);
  }
  let loaded: unknown;
  try {
    loaded = await load();
  } catch (cause) {
    throw new WatermarkError('tokenizer-unavailable', 'install the package "tiktoken" for its ranks', { cause });
  }
  const file = encodingFile(loaded);
  return byteLevelTokenizer({
    name,
    pattern: file.pat_str,
    tokens: parseRanks(file.bpe_ranks),
    special: new Map(Object.entries(file.special_tokens).map(([text, id]) => [id, text])),
    merges: undefined,
    wholePieces: true,
  });
}

// A CommonJS module that announces an ES module's types: the object is the default export, or that one's.
function encodingFile(module: unknown): EncodingFile {
  for (let value = module, depth = 0; depth < 3 && isRecord(value); value = value['default'], depth++) {
    if (typeof value['bpe_ranks'] === 'string') return value as unknown as EncodingFile;
  }
  throw new WatermarkError('tokenizer-unreadable', 'the tiktoken package has no ranks in the known form');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Parses lines of `! firstRank base64 base64 …`. */
function parseRanks(ranks: string): TokenBytes {
  const runs = ranks
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [mark, first = '', ...words] = line.split(' ');
      if (mark !== '!' || !/^\d+$/.test(first)) {
        throw new WatermarkError('tokenizer-unreadable', 'a line of ranks does not start with "! <number>"');
      }
      return { first: Number(first), words };
    });
  const size = runs.reduce((most, { first, words }) => Math.max(most, first + words.length), 0);
  const blob = new Uint8Array(ranks.length);
  const starts = new Uint32Array(size);
  const lengths = new Uint32Array(size);
  let end = 0;
  for (const { first, words } of runs) {
    words.forEach((word, i) => {
      starts[first + i] = end;
      end = appendBase64(word, blob, end);
      lengths[first + i] = end - (starts[first + i] ?? 0);
    });
  }
  return { size, blob: blob.slice(0, end), starts, lengths };
}

/** Writes the bytes of `word` into `blob` from `end` on, and returns the new end. */
function appendBase64(word: string, blob: Uint8Array, end: number): number {
  let bits = 0;
  let held = 0;
  for (let i = 0; i < word.length; i++) {
    const digit = BASE64.indexOf(word.charAt(i));
    if (digit < 0) break; // the padding
    bits = (bits << 6) | digit;
    held += 6;
    if (held >= 8) {
      held -= 8;
      blob[end++] = (bits >> held) & 0xff;
      bits &= (1 << held) - 1;
    }
  }
  return end;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
