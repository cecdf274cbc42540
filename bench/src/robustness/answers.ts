/** Marked and unmarked answers of the demo model, each cluster under a key of its own. */
import type { Answer } from '@countermark/evaluation';
import { generateAnswer, neverEnding } from '@countermark/evaluation';
import { DEMO_PROMPTS } from '@countermark/fixtures';
import {
  createParams,
  createPlainSampler,
  DEFAULT_PARAMS,
  type LanguageModel,
  type SamplingSettings,
  type SchemeParams,
  seededRandom,
  type TokenSampler,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';

/** Answers to one prompt, under one key if they are marked. */
export interface Cluster {
  readonly prompt: Uint32Array;
  readonly answers: readonly Answer[];
}

/** How many answers of which length. */
export interface Size {
  readonly clusters: number;
  readonly answersEach: number;
  readonly tokens: number;
}

/** The model and its tokenizer. */
export interface Source {
  readonly model: LanguageModel;
  readonly tokenizer: Tokenizer;
  readonly stopTokenIds: readonly number[];
}

/** What is measured about a mark: its scheme, and the context width where it is not the default. */
export interface Mark {
  readonly scheme: SchemeParams;
  readonly contextWidth?: number;
}

/** Makes the key of a cluster, and the one that nothing is marked with. */
export function keyOf(
  source: Source,
  { scheme, contextWidth = DEFAULT_PARAMS.contextWidth }: Mark,
  cluster: number,
  purpose: 'mark' | 'wrong',
): WatermarkKey {
  const { vocabSize, fingerprint } = source.tokenizer;
  const random = seededRandom(`robustness key ${scheme.kind} ${cluster} ${purpose}`);
  const secret = Uint8Array.from({ length: 32 }, () => Math.floor(256 * random()));
  return new WatermarkKey(
    createParams({ tokenizer: { name: 'demo', vocabSize, fingerprint }, scheme, contextWidth }),
    secret,
  );
}

/** Generates marked answers; one account asks them all. */
export async function markedClusters(
  source: Source,
  mark: Mark,
  sampling: SamplingSettings,
  size: Size,
): Promise<Cluster[]> {
  const clusters: Cluster[] = [];
  for (let i = 0; i < size.clusters; i++) {
    const watermarker = new Watermarker(keyOf(source, mark, i, 'mark'));
    const start = (prompt: Uint32Array, random: () => number): TokenSampler =>
      watermarker.start({ prompt, accountId: 'one account', sampling, random });
    clusters.push(await answersOf(source, start, size, i, 'marked'));
    watermarker.close();
  }
  return clusters;
}

/** Generates unmarked answers to the same prompts. */
export async function unmarkedClusters(
  source: Source,
  sampling: SamplingSettings,
  size: Size,
): Promise<Cluster[]> {
  const clusters: Cluster[] = [];
  const start = (_: Uint32Array, random: () => number): TokenSampler =>
    createPlainSampler(source.tokenizer.vocabSize, sampling, random);
  for (let i = 0; i < size.clusters; i++) {
    clusters.push(await answersOf(source, start, size, i, 'unmarked'));
  }
  return clusters;
}

async function answersOf(
  { model, tokenizer, stopTokenIds }: Source,
  start: (prompt: Uint32Array, random: () => number) => TokenSampler,
  { answersEach, tokens }: Size,
  cluster: number,
  purpose: string,
): Promise<Cluster> {
  const prompt = tokenizer.encode(DEMO_PROMPTS[cluster % DEMO_PROMPTS.length]!);
  const endless = neverEnding(model, stopTokenIds);
  const answers: Answer[] = [];
  for (let j = 0; j < answersEach; j++) {
    const sampler = start(prompt, seededRandom(`robustness ${purpose} ${cluster} ${j}`));
    answers.push(await generateAnswer({ model: endless, tokenizer, prompt, sampler, tokens }));
  }
  return { prompt, answers };
}
