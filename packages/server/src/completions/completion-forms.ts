/** How answers are written, and parts of them: as chat completions, and as completions. */
import type { AnswerEnd, AnswerToken, SpelledToken } from './answer-choice.ts';

/** One answer of several, or a part of it. */
export interface WrittenChoice {
  readonly index: number;
  readonly text: string;
  /** Undefined where nobody asked for log-probabilities. */
  readonly tokens: readonly AnswerToken[] | undefined;
  /** How it ended; undefined for a part before its end. */
  readonly end: AnswerEnd | undefined;
}

/** A form of answers. */
export interface Form {
  readonly idPrefix: string;
  readonly object: string;
  choice(whole: WrittenChoice): object;
  readonly partObject: string;
  /** `isFirst` for the part before any text. */
  part(part: WrittenChoice, isFirst: boolean): object;
}

/** Chat completions. */
export const CHAT: Form = {
  idPrefix: 'chatcmpl',
  object: 'chat.completion',
  choice: ({ index, text, tokens, end }) => ({
    index,
    message: { role: 'assistant', content: text, refusal: null },
    logprobs: chatLogprobs(tokens),
    ...endOf(end),
  }),
  partObject: 'chat.completion.chunk',
  part: ({ index, text, tokens, end }, isFirst) => ({
    index,
    delta: isFirst ? { role: 'assistant', content: text } : end === undefined ? { content: text } : {},
    logprobs: isFirst || end !== undefined ? null : chatLogprobs(tokens),
    ...endOf(end),
  }),
};

/** Completions. */
export const TEXT: Form = {
  idPrefix: 'cmpl',
  object: 'text_completion',
  choice: ({ index, text, tokens, end }) => ({ index, text, logprobs: textLogprobs(tokens), ...endOf(end) }),
  partObject: 'text_completion',
  part: ({ index, text, tokens, end }, isFirst) => ({
    index,
    text,
    logprobs: isFirst || end !== undefined ? null : textLogprobs(tokens),
    ...endOf(end),
  }),
};

/** Writes a token with its log-probability, and the likeliest ones of its step. */
export function tokenLogprob(token: AnswerToken) {
  return { ...spelledLogprob(token), top_logprobs: token.top.map(spelledLogprob) };
}

function chatLogprobs(tokens: readonly AnswerToken[] | undefined) {
  return tokens === undefined ? null : { content: tokens.map(tokenLogprob), refusal: null };
}

function textLogprobs(tokens: readonly AnswerToken[] | undefined) {
  if (tokens === undefined) return null;
  return {
    tokens: tokens.map(textOf),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs: tokens.map(({ top }) =>
      Object.fromEntries(top.map((token) => [textOf(token), token.logprob])),
    ),
    text_offset: tokens.map(({ offset }) => offset),
  };
}

function endOf(end: AnswerEnd | undefined) {
  return end === undefined
    ? { finish_reason: null }
    : { finish_reason: end.finishReason, watermarked: end.isMarked };
}

function spelledLogprob(token: SpelledToken) {
  return { token: textOf(token), logprob: token.logprob, bytes: Array.from(token.bytes) };
}

// Of a part of a character, U+FFFD: its bytes stand beside it.
function textOf({ bytes }: SpelledToken): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
