import { type Answer, generateAnswer, neverEnding } from '@countermark/evaluation';
import { type LocalModel, promptTokens } from '@countermark/local-model';
import {
  createPlainSampler,
  type GenerationOptions,
  type SamplingSettings,
  seededRandom,
  type TokenSampler,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { checkRoom } from '../answer.ts';
import { checkingValues } from '../command-error.ts';
import type { StartSettings } from '../start-options.ts';

/** Answers to one prompt. */
export interface PromptAnswers {
  readonly prompt: Uint32Array;
  /** One account's, under the key. */
  readonly marked: readonly Answer[];
  readonly unmarked: readonly Answer[];
  /** Under the key, each another account's; empty where the key marks for no account. */
  readonly byAccounts: readonly Answer[];
  /** Each under a key of its own with the same parameters. */
  readonly byKeys: readonly Answer[];
}

/** What is generated. */
export interface ClusterRequest {
  readonly key: WatermarkKey;
  readonly prompts: readonly string[];
  /** Answers of each kind, over all prompts. */
  readonly answers: number;
  readonly tokens: number;
  readonly sampling: SamplingSettings;
  readonly start: StartSettings;
  readonly seed: string;
  readonly signal: AbortSignal;
  /** Told how many answers there are, of the {@link kindsOf} kinds together. */
  readonly onProgress: (answers: number) => void;
}

// One account asks everything: the answers to one prompt then resemble each other most.
const ACCOUNT = 'evaluation';

/** Returns how many kinds of answers a key gives: marked, unmarked, of several keys, and of several accounts where it tells accounts apart. */
export function kindsOf({ params }: WatermarkKey): number {
  return params.accountShare > 0 ? 4 : 3;
}

/**
 * Lets the model answer each prompt, in turn, marked in several ways and unmarked; no answer ends before it has the asked length.
 *
 * @throws {CommandError} if the key's scheme cannot be sampled so, or a prompt leaves no room in the model's context.
 */
export async function generateClusters(open: LocalModel, request: ClusterRequest): Promise<PromptAnswers[]> {
  const { key, answers, tokens, sampling, seed, signal, onProgress } = request;
  const { tokenizer } = open;
  const model = neverEnding(open.model, open.stopTokenIds);
  const clusters = request.prompts.slice(0, answers).map((text) => ({
    prompt: promptTokens(open, text),
    marked: [] as Answer[],
    unmarked: [] as Answer[],
    byAccounts: [] as Answer[],
    byKeys: [] as Answer[],
  }));
  for (const { prompt } of clusters) checkRoom(open, prompt);
  const watermarker = new Watermarker(key);
  let done = 0;
  const generate = async (prompt: Uint32Array, sampler: TokenSampler): Promise<Answer> => {
    const answer = await generateAnswer({ model, tokenizer, prompt, sampler, tokens, signal });
    onProgress(++done);
    return answer;
  };
  try {
    for (let i = 0; i < answers; i++) {
      const cluster = clusters[i % clusters.length] as (typeof clusters)[number];
      const { prompt } = cluster;
      const options = (kind: string, accountId: string) => ({
        ...{ prompt, accountId, sampling, ...request.start },
        random: seededRandom(`${seed} ${kind} ${i}`),
      });
      cluster.marked.push(await generate(prompt, start(watermarker, options('marked', ACCOUNT))));
      const plain = checkingValues(() =>
        createPlainSampler(tokenizer.vocabSize, sampling, seededRandom(`${seed} unmarked ${i}`)),
      );
      cluster.unmarked.push(await generate(prompt, plain));
      if (key.params.accountShare > 0) {
        const another = start(watermarker, options('account', `${ACCOUNT} ${i}`));
        cluster.byAccounts.push(await generate(prompt, another));
      }
      const other = new Watermarker(drawnKey(key, `${seed} key ${i}`));
      try {
        cluster.byKeys.push(await generate(prompt, start(other, options('other key', ACCOUNT))));
      } finally {
        other.close();
      }
    }
  } finally {
    watermarker.close();
  }
  return clusters;
}

function start(watermarker: Watermarker, options: GenerationOptions): TokenSampler {
  return checkingValues(() => watermarker.start(options));
}

/** Draws a key with the same parameters. */
export function drawnKey({ params }: WatermarkKey, seed: string): WatermarkKey {
  const random = seededRandom(seed);
  return new WatermarkKey(
    params,
    Uint8Array.from({ length: 32 }, () => Math.floor(256 * random())),
  );
}
