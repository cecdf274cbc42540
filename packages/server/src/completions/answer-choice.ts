import type { LocalModel } from '@countermark/local-model';
import { generateTokens } from '@countermark/watermark';
import { createTextStream } from '@countermark/watermark/tokenizer';
import type { ChoiceSampler } from './choice-sampler.ts';
import { StopSequences } from './stop-sequences.ts';
import type { Likelihood, ScoredToken } from './token-logprobs.ts';

/** A token with what it spells. */
export interface SpelledToken extends Likelihood {
  readonly bytes: Uint8Array;
}

/** A token of an answer whose log-probability was asked for. */
export interface AnswerToken extends SpelledToken {
  /** Where it begins in the answer, in UTF-16 code units; within a character, where that begins. */
  readonly offset: number;
  readonly top: readonly SpelledToken[];
}

/** A part of an answer. */
export interface AnswerPart {
  readonly text: string;
  /** The tokens that begin in it or before it; none where nobody asked for them. */
  readonly tokens: readonly AnswerToken[];
}

/** How an answer ended. */
export interface AnswerEnd {
  readonly finishReason: 'stop' | 'length';
  readonly tokens: number;
  readonly isMarked: boolean;
}

/** Generates one answer, part by part. */
export async function* answerChoice(
  { model, tokenizer, stopTokenIds }: LocalModel,
  sampler: ChoiceSampler,
  prompt: Uint32Array,
  options: { readonly maxTokens: number; readonly stops: readonly string[]; readonly signal: AbortSignal },
): AsyncGenerator<AnswerPart, AnswerEnd, void> {
  const { stops, signal } = options;
  const maxTokens = Math.min(
    options.maxTokens,
    (model.contextLength ?? Number.POSITIVE_INFINITY) - prompt.length,
  );
  const spell = ({ tokenId, logprob }: Likelihood): SpelledToken => ({
    tokenId,
    logprob,
    bytes: tokenizer.tokenBytes(tokenId),
  });
  const spelled = (token: ScoredToken, offset: number): AnswerToken => ({
    ...spell(token),
    offset,
    top: token.top.flatMap((other) => (isToken(tokenizer, other.tokenId) ? [spell(other)] : [])),
  });
  const text = createTextStream(tokenizer);
  const stop = new StopSequences(stops);
  const waiting: AnswerToken[] = [];
  let [tokens, read, shown] = [0, 0, 0];
  // Tokens are shown with the text that they begin, and those behind a stop never.
  const partOf = (part: string, isLast: boolean): AnswerPart => {
    shown += part.length;
    const count = waiting.findIndex(({ offset }) => offset >= shown);
    const isAll = count < 0 || (isLast && !stop.isReached);
    return { text: part, tokens: waiting.splice(0, isAll ? waiting.length : count) };
  };
  for await (const tokenId of generateTokens(model, sampler, prompt, { maxTokens, stopTokenIds, signal })) {
    tokens++;
    if (sampler.last !== undefined) waiting.push(spelled(sampler.last, read));
    const part = text.push(tokenId);
    read += part.length;
    const toShow = stop.push(part);
    if (toShow !== '') yield partOf(toShow, false);
    if (stop.isReached) break;
  }
  const rest = partOf(stop.push(text.end()) + stop.end(), true);
  if (rest.text !== '' || rest.tokens.length > 0) yield rest;
  return {
    finishReason: stop.isReached || tokens < maxTokens ? 'stop' : 'length',
    tokens,
    isMarked: sampler.isMarked,
  };
}

// Some ids below the vocabulary's size may stand for nothing.
function isToken(tokenizer: LocalModel['tokenizer'], tokenId: number): boolean {
  try {
    tokenizer.tokenBytes(tokenId);
    return true;
  } catch {
    return false;
  }
}
