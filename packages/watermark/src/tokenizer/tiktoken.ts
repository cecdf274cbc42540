import { WatermarkError } from '../errors.ts';
import { appendBase64 } from './base64-tokens.ts';
import { ByteLevelTokenizer } from './byte-level.ts';
import type { TokenBytes } from './merge-vocabulary.ts';
import type { Tokenizer } from './tokenizer.ts';

// The ranks and patterns come from the tiktoken package; its WebAssembly engine is not used: that one merges
// in quadratic time (160 kB of one letter take 28 s), and takes ten times as long on prose.

type Loader = () => Promise<unknown>;
const LOADERS: ReadonlyMap<string, Loader> = new Map<string, Loader>([
  ['o200k_harmony', () => import('tiktoken/encoders/o200k_base')],
  ['o200k_base', () => import('tiktoken/encoders/o200k_base')],
  ['cl100k_base', () => import('tiktoken/encoders/cl100k_base')],
  ['p50k_base', () => import('tiktoken/encoders/p50k_base')],
  ['p50k_edit', () => import('tiktoken/encoders/p50k_edit')],
  ['r50k_base', () => import('tiktoken/encoders/r50k_base')],
  ['gpt2', () => import('tiktoken/encoders/gpt2')],
]);

/** The names of OpenAI's encodings, newest first. */
export const TOKENIZER_NAMES: readonly string[] = [...LOADERS.keys()];

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
  const load = LOADERS.get(name);
  if (load === undefined) {
    throw new WatermarkError(
      'tokenizer-unknown',
      `no tokenizer is called ${JSON.stringify(name)}; expected one of ${TOKENIZER_NAMES.join(', ')}, or the path of a tokenizer.json`,
    );
  }
  let loaded: unknown;
  try {
    loaded = await load();
  } catch (cause) {
    throw new WatermarkError('tokenizer-unavailable', 'install the package "tiktoken" for its ranks', {
      cause,
    });
  }
  const file = encodingFile(loaded);
  const special = name === 'o200k_harmony' ? harmonySpecial() : file.special_tokens;
  return new ByteLevelTokenizer({
    name,
    pattern: file.pat_str,
    normalizer: 'none',
    tokens: parseRanks(file.bpe_ranks),
    special: new Map(Object.entries(special).map(([text, id]) => [id, text])),
    added: [],
    merges: undefined,
    wholePieces: true,
  });
}

// Source: openai/tiktoken, tiktoken_ext/openai_public.py. The package has the ranks, which are o200k_base's,
// but not this encoding's special tokens.
function harmonySpecial(): Readonly<Record<string, number>> {
  const special: Record<string, number> = {
    '<|startoftext|>': 199998,
    '<|endoftext|>': 199999,
    '<|return|>': 200002,
    '<|constrain|>': 200003,
    '<|channel|>': 200005,
    '<|start|>': 200006,
    '<|end|>': 200007,
    '<|message|>': 200008,
    '<|call|>': 200012,
  };
  const used = new Set(Object.values(special));
  for (let id = 200000; id < 201088; id++) if (!used.has(id)) special[`<|reserved_${id}|>`] = id;
  return { ...special, '<|endofprompt|>': 200018 };
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
