import { type Answer, generateAnswer, neverEnding } from '@countermark/evaluation';
import { type LocalModel, promptTokens } from '@countermark/local-model';
import {
  createPlainSampler,
  type SamplingSettings,
  seededRandom,
  type TokenSampler,
  Watermarker,
  type WatermarkKey,
} from '@countermark/watermark';

/** Answers to one prompt. */
export interface PromptAnswers {
  readonly prompt: Uint32Array;
  readonly marked: readonly Answer[];
  readonly unmarked: readonly Answer[];
}

/** What is generated. */
export interface ClusterRequest {
  readonly key: WatermarkKey;
  readonly prompts: readonly string[];
  /** Answers of each kind, over all prompts. */
  readonly answers: number;
  readonly tokens: number;
  readonly sampling: SamplingSettings;
  readonly seed: string;
  readonly signal: AbortSignal;
  /** Told how many answers there are, of both kinds. */
  readonly onProgress: (answers: number) => void;
}

// One account asks everything: the answers to one prompt then resemble each other most.
const ACCOUNT = 'evaluation';

/**
 * Lets the model answer each prompt, in turn, marked and unmarked; no answer ends before it has the asked length.
 *
 * @throws {RangeError} if the key's scheme cannot be sampled so, or a prompt leaves no room in the model's context.
 */
export async function generateClusters(open: LocalModel, request: ClusterRequest): Promise<PromptAnswers[]> {
  const { key, answers, tokens, sampling, seed, signal, onProgress } = request;
  const { tokenizer } = open;
  const model = neverEnding(open.model, open.stopTokenIds);
  const watermarker = new Watermarker(key);
  const clusters = request.prompts.slice(0, answers).map((text) => ({
    prompt: promptTokens(open, text),
    marked: [] as Answer[],
    unmarked: [] as Answer[],
  }));
  const generate = (prompt: Uint32Array, sampler: TokenSampler): Promise<Answer> =>
    generateAnswer({ model, tokenizer, prompt, sampler, tokens, signal });
  try {
    for (let i = 0; i < answers; i++) {
      const { prompt, marked, unmarked } = clusters[i % clusters.length] as (typeof clusters)[number];
      const random = seededRandom(`${seed} marked ${i}`);
      marked.push(
        await generate(prompt, watermarker.start({ prompt, accountId: ACCOUNT, sampling, random })),
      );
      const plain = createPlainSampler(tokenizer.vocabSize, sampling, seededRandom(`${seed} unmarked ${i}`));
      unmarked.push(await generate(prompt, plain));
      onProgress(2 * (i + 1));
    }
  } finally {
    watermarker.close();
  }
  return clusters;
}
