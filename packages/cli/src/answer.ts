import { type LocalModel, promptTokens } from '@countermark/local-model';
import {
  createPlainSampler,
  createProbabilityReader,
  generateTokens,
  type SamplingSettings,
  type StepCounts,
  seededRandom,
  systemRandom,
  type TokenSampler,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import type { ForeignKey } from '@countermark/watermark/interop';
import { createTextStream } from '@countermark/watermark/tokenizer';
import { CommandError, checkingValues } from './command-error.ts';
import type { StartSettings } from './start-options.ts';

/** What {@link answer} is asked for. */
export interface AnswerOptions {
  /** The key to mark with; without one the answer is not marked. */
  readonly key?: WatermarkKey | ForeignKey;
  readonly prompt: string;
  readonly accountId?: string;
  readonly maxTokens: number;
  readonly sampling: SamplingSettings;
  /** Where its marks begin (default: as the kind of key has it). */
  readonly start?: StartSettings;
  /** Whether the probability of each token before the mark is kept; not for temperature 0. */
  readonly keepProbabilities?: boolean;
  /** Makes the answer reproducible. */
  readonly seed?: string;
  readonly signal?: AbortSignal;
  /** Receives the text as it is generated. */
  readonly onText?: (text: string) => Promise<void>;
}

/** A whole answer. */
export interface Answer {
  readonly text: string;
  readonly tokenIds: readonly number[];
  readonly promptTokenIds: readonly number[];
  /** Probability of each token before the mark, after temperature and truncation, if that was asked for. */
  readonly probabilities?: readonly number[];
  /** `stop`: the model ended it; `length`: `maxTokens` or the model's context did. */
  readonly finishReason: 'stop' | 'length';
  /** What became of its steps; undefined if it is not marked. */
  readonly counts: StepCounts | undefined;
}

/**
 * Answers a prompt with a model, marked or not.
 *
 * @throws {WatermarkError} if the prompt is empty and the model cannot start from nothing.
 * @throws {CommandError} if an option is out of range, or the prompt leaves no room in the model's context.
 */
export async function answer(open: LocalModel, options: AnswerOptions): Promise<Answer> {
  const { key, accountId, maxTokens, sampling, signal, onText } = options;
  const prompt = promptTokens(open, options.prompt);
  checkRoom(open, prompt);
  const random = options.seed === undefined ? systemRandom() : seededRandom(options.seed);
  const probabilities: number[] = [];
  const log =
    options.keepProbabilities === true ? checkingValues(() => logger(open, sampling, probabilities)) : asItIs;
  const marking = await startMarking(key, { prompt, sampling, random, ...options.start }, accountId);
  const sampler = log(
    marking?.sampler ?? checkingValues(() => createPlainSampler(open.tokenizer.vocabSize, sampling, random)),
  );
  const stream = createTextStream(open.tokenizer);
  const tokenIds: number[] = [];
  let text = '';
  const take = async (part: string): Promise<void> => {
    text += part;
    if (part !== '') await onText?.(part);
  };
  try {
    const tokens = generateTokens(open.model, sampler, prompt, {
      maxTokens,
      stopTokenIds: open.stopTokenIds,
      ...(signal === undefined ? {} : { signal }),
    });
    for await (const tokenId of tokens) {
      tokenIds.push(tokenId);
      await take(stream.push(tokenId));
    }
    await take(stream.end());
  } finally {
    marking?.close();
  }
  const room = (open.model.contextLength ?? Infinity) - prompt.length;
  return {
    text,
    tokenIds,
    promptTokenIds: Array.from(prompt),
    finishReason: tokenIds.length < Math.min(maxTokens, room) ? 'stop' : 'length',
    counts: marking?.counts(),
    // The token that ends an answer is chosen, and not part of it.
    ...(options.keepProbabilities === true ? { probabilities: probabilities.slice(0, tokenIds.length) } : {}),
  };
}

/**
 * Checks that a model has room for an answer.
 *
 * @throws {CommandError} if the prompt fills its context.
 */
export function checkRoom({ model: { contextLength = Infinity } }: LocalModel, prompt: Uint32Array): void {
  if (prompt.length < contextLength) return;
  throw new CommandError(`"prompt" expected fewer than ${contextLength} tokens, got ${prompt.length}`);
}

interface Marking {
  readonly sampler: TokenSampler;
  /** What became of the steps; another watermark does not say. */
  counts(): StepCounts | undefined;
  close(): void;
}

async function startMarking(
  key: WatermarkKey | ForeignKey | undefined,
  options: { prompt: Uint32Array; sampling: SamplingSettings; random: () => number } & StartSettings,
  accountId: string | undefined,
): Promise<Marking | undefined> {
  if (key === undefined) return undefined;
  if (key instanceof WatermarkKey) {
    const watermarker = new Watermarker(key);
    const sampler = opened(watermarker, () =>
      watermarker.start({ ...options, ...(accountId === undefined ? {} : { accountId }) }),
    );
    return { sampler, counts: () => sampler.counts, close: () => watermarker.close() };
  }
  if (accountId !== undefined) {
    throw new CommandError(
      `"accountId" expected a key that carries accounts, got one of ${key.params.profile}`,
    );
  }
  for (const name of ['promptContexts', 'pauses'] as const) {
    if (options[name] === undefined) continue;
    throw new CommandError(
      `"${name}" expected a key of Countermark's own, got one of ${key.params.profile}, which has its own rule`,
    );
  }
  const { ForeignWatermarker } = await import('@countermark/watermark/interop');
  const watermarker = checkingValues(() => new ForeignWatermarker(key));
  const sampler = opened(watermarker, () => watermarker.start(options));
  return { sampler, counts: () => undefined, close: () => watermarker.close() };
}

// Starts a response, or leaves nothing open.
function opened<T>(watermarker: { close(): void }, start: () => T): T {
  try {
    return checkingValues(start);
  } catch (error) {
    watermarker.close();
    throw error;
  }
}

function asItIs(sampler: TokenSampler): TokenSampler {
  return sampler;
}

// Makes samplers keep the probability of what they choose.
function logger(
  { tokenizer }: LocalModel,
  sampling: SamplingSettings,
  probabilities: number[],
): (sampler: TokenSampler) => TokenSampler {
  const probabilityOf = createProbabilityReader(tokenizer.vocabSize, sampling);
  return (sampler) => ({
    next(logits) {
      const tokenId = sampler.next(logits);
      probabilities.push(probabilityOf(logits.subarray(0, tokenizer.vocabSize), tokenId));
      return tokenId;
    },
  });
}
