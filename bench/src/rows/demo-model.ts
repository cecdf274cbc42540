import { demoModelDirectory, demoModelFiles } from '@countermark/demo-model';
import {
  createParams,
  createPlainSampler,
  generateTokens,
  type LanguageModel,
  seededRandom,
  type TokenSampler,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { loadOnnxModel } from '@countermark/watermark/integrations/onnxruntime';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { median } from '../measure.ts';
import { atLeast, type Row } from '../row.ts';

const TOKENS = 200;
const ROUNDS = 7;

/** Tokens a second of the bundled model with the mark, against the same without. */
export async function demoModelRows(): Promise<Row[]> {
  const model = await loadOnnxModel(demoModelFiles().onnxModel, { contextLength: 512 });
  const tokenizer = await openTokenizer(`${demoModelDirectory()}/tokenizer.json`);
  const { vocabSize, fingerprint } = tokenizer;
  const params = createParams({ tokenizer: { name: 'demo', vocabSize, fingerprint } });
  const watermarker = new Watermarker(new WatermarkKey(params, new Uint8Array(32)));
  const prompt = tokenizer.encode('The state of the nation is');
  const marked: number[] = [];
  const plain: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const random = seededRandom(round);
    const withMark = await tokensPerSecond(model, watermarker.start({ prompt, random }), prompt);
    const without = await tokensPerSecond(model, createPlainSampler(vocabSize, {}, random), prompt);
    // The first round warms up.
    if (round >= 0) {
      marked.push(withMark);
      plain.push(without);
    }
  }
  watermarker.close();
  tokenizer.close();
  await model.close();
  const ratio = median(marked) / median(plain);
  const yardstick = `the same without a mark, ${median(plain).toFixed(0)} tokens/s`;
  return [
    atLeast(
      'generation, demo model, marked',
      median(marked),
      'tokens/s',
      0.95 * median(plain),
      yardstick,
      ratio,
    ),
  ];
}

async function tokensPerSecond(
  model: LanguageModel,
  sampler: TokenSampler,
  prompt: Uint32Array,
): Promise<number> {
  const started = performance.now();
  let count = 0;
  for await (const _ of generateTokens(model, sampler, prompt, { maxTokens: TOKENS })) count++;
  return (1000 * count) / (performance.now() - started);
}
