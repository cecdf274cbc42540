/** Files of ranks, `*.tiktoken`: a line a token, its bytes in base64 and its rank. */
import { WatermarkError } from '../errors.ts';
import { type Base64Token, packBase64, TOKENIZER_JSON_ADVICE } from './base64-tokens.ts';
import { ByteLevelTokenizer } from './byte-level.ts';
import { CL100K_PATTERN, GPT2_PATTERN, O200K_PATTERN, QWEN_PATTERN } from './merge-split.ts';
import type { Tokenizer } from './tokenizer.ts';

/** What such a file does not say: it is known by the number of its ranks. */
interface KnownRanks {
  readonly ranks: number;
  readonly whose: string;
  readonly pattern: string;
  /** With special tokens. */
  readonly vocabSize: number;
}

// Source: openai/tiktoken, tiktoken_ext/openai_public.py; meta-llama/llama3, llama/tokenizer.py; QwenLM/Qwen, tokenization_qwen.py.
const KNOWN: readonly KnownRanks[] = [
  { ranks: 50_256, whose: 'r50k_base', pattern: GPT2_PATTERN, vocabSize: 50_257 },
  { ranks: 50_280, whose: 'p50k_base', pattern: GPT2_PATTERN, vocabSize: 50_281 },
  { ranks: 100_256, whose: 'cl100k_base', pattern: CL100K_PATTERN, vocabSize: 100_277 },
  { ranks: 199_998, whose: 'o200k_base', pattern: O200K_PATTERN, vocabSize: 200_019 },
  { ranks: 128_000, whose: 'Llama 3', pattern: CL100K_PATTERN, vocabSize: 128_256 },
  { ranks: 151_643, whose: 'Qwen', pattern: QWEN_PATTERN, vocabSize: 151_851 },
];

const LINE = /^([A-Za-z0-9+/]+={0,2}) (\d{1,7})$/;

/** Whether a text is a file of ranks, by its first line. */
export function isTiktokenFile(text: string): boolean {
  const end = text.indexOf('\n');
  return LINE.test((end < 0 ? text : text.slice(0, end)).trimEnd());
}

/**
 * Returns the tokenizer of a file of ranks. The pattern that cuts text is not in it: that of the published file with as many ranks is
 * taken.
 *
 * @throws {WatermarkError} `tokenizer-unreadable` for a line that is no rank, naming it, and for a number of ranks that is nobody's.
 */
export function parseTiktokenFile(name: string, text: string): Tokenizer {
  const tokens: Base64Token[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const match = LINE.exec(line.trimEnd());
    if (match === null) {
      throw new WatermarkError('tokenizer-unreadable', `line ${i + 1} is not "<base64> <rank>"`);
    }
    tokens.push({ word: match[1] ?? '', id: Number(match[2]) });
  }
  const known = KNOWN.find(({ ranks }) => ranks === tokens.length);
  if (known === undefined) {
    const names = KNOWN.map(({ ranks, whose }) => `${whose} (${ranks})`).join(', ');
    throw new WatermarkError(
      'tokenizer-unreadable',
      `it is a file of ${tokens.length} ranks for tiktoken, which does not say how text is cut; known are those of ${names}; ${TOKENIZER_JSON_ADVICE}`,
    );
  }
  return new ByteLevelTokenizer({
    name,
    pattern: known.pattern,
    normalizer: 'none',
    tokens: packBase64(tokens),
    special: new Map(),
    leastVocabSize: known.vocabSize,
    added: [],
    merges: undefined,
    wholePieces: true,
  });
}
