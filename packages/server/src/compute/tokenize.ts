import { characterSpans } from '@countermark/detector';
import { answerJson } from './answer-json.ts';
import { rangesBetween } from './describe-tokens.ts';
import type { TokenizeAnswer } from './task.ts';
import type { OpenTokenizer } from './worker-tokenizers.ts';

/** Tokenizes a text as it is, with the characters of each token. */
export function tokenize(text: string, { tokenizer, params }: OpenTokenizer): TokenizeAnswer {
  const tokenIds = tokenizer.encode(text);
  const spans = characterSpans(text, rangesBetween(tokenizer.byteOffsets(tokenIds, text)));
  return {
    json: answerJson({
      object: 'tokenization',
      tokenizer: params,
      tokenIds: Array.from(tokenIds),
      characters: spans.map(({ start, end }) => [start, end]),
    }),
  };
}
