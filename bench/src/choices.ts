// Measures what the defaults were chosen by, on the bundled model: docs/choices.md. Takes about ten minutes.
import { demoModelDirectory, demoModelFiles } from '@countermark/demo-model';
import { Detector } from '@countermark/detector';
import { DEMO_PROMPTS } from '@countermark/fixtures';
import {
  createParams,
  createPlainSampler,
  generateTokens,
  type LanguageModel,
  type SamplingSettings,
  seededRandom,
  type TokenSampler,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { loadOnnxModel } from '@countermark/watermark/integrations/onnxruntime';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { sharedGrams, sharedOpening } from './diversity.ts';
import { median } from './measure.ts';

const ANSWERS = 8;
const TOKENS = 250;
const KEYS = 2;

const SETTINGS: [string, SamplingSettings][] = [
  ['temperature 1', { temperature: 1 }],
  ['temperature 0.5, top-p 0.9', { temperature: 0.5, topP: 0.9 }],
];

const model = await loadOnnxModel(demoModelFiles().onnxModel, {
  contextLength: 512,
  session: { intraOpNumThreads: 1 },
});
const tokenizer = await openTokenizer(`${demoModelDirectory()}/tokenizer.json`);
const { vocabSize, fingerprint } = tokenizer;

print('sampling', 'width', 'repeated', 'median log10 p', 'detected', 'same 4-grams', 'same opening');
for (const [name, sampling] of SETTINGS) {
  const plain = await answers((_, random) => createPlainSampler(vocabSize, sampling, random));
  print(name, 'none', '', '', '', percent(sharedGrams(plain)), sharedOpening(plain).toFixed(1));
  for (const contextWidth of [2, 3, 4]) await measureWidth(name, sampling, contextWidth);
}
tokenizer.close();
await model.close();

async function measureWidth(name: string, sampling: SamplingSettings, contextWidth: number): Promise<void> {
  const params = createParams({ tokenizer: { name: 'demo', vocabSize, fingerprint }, contextWidth });
  const repeated: number[] = [];
  const evidence: number[] = [];
  const grams: number[] = [];
  const openings: number[] = [];
  for (let secret = 0; secret < KEYS; secret++) {
    const key = new WatermarkKey(params, new Uint8Array(32).fill(secret));
    const watermarker = new Watermarker(key);
    const detector = new Detector([key]);
    const generations: ReturnType<typeof watermarker.start>[] = [];
    const groups = await answers((prompt, random) => {
      const generation = watermarker.start({ prompt, sampling, random });
      generations.push(generation);
      return generation;
    });
    for (const { counts } of generations) {
      const steps =
        counts.common + counts.account + counts.free + counts.repeatedContext + counts.withoutContext;
      repeated.push(counts.repeatedContext / steps);
    }
    evidence.push(...groups.flat().map((ids) => detector.detect(ids).log10PValue));
    grams.push(sharedGrams(groups));
    openings.push(sharedOpening(groups));
    watermarker.close();
    detector.close();
  }
  print(
    name,
    String(contextWidth),
    percent(mean(repeated)),
    median(evidence).toFixed(1),
    percent(mean(evidence.map((value) => (value <= -6 ? 1 : 0)))),
    percent(mean(grams)),
    mean(openings).toFixed(1),
  );
}

/** Answers of each prompt, `[prompts][ANSWERS]`. */
async function answers(
  sampler: (prompt: Uint32Array, random: () => number) => TokenSampler,
): Promise<Uint32Array[][]> {
  const groups: Uint32Array[][] = [];
  for (const [p, text] of DEMO_PROMPTS.entries()) {
    const prompt = tokenizer.encode(text);
    const group: Uint32Array[] = [];
    for (let i = 0; i < ANSWERS; i++) {
      group.push(await generate(model, sampler(prompt, seededRandom(`${p} ${i}`)), prompt));
    }
    groups.push(group);
  }
  return groups;
}

async function generate(
  from: LanguageModel,
  sampler: TokenSampler,
  prompt: Uint32Array,
): Promise<Uint32Array> {
  const ids: number[] = [];
  for await (const tokenId of generateTokens(from, sampler, prompt, { maxTokens: TOKENS })) ids.push(tokenId);
  return Uint32Array.from(ids);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percent(value: number): string {
  return `${(100 * value).toFixed(2)} %`;
}

function print(...cells: string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
