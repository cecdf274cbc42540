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
import { atMost, type Row } from '../row.ts';

// Our own; the 60 µs are for up to 1,000 candidates.
const MOST_ADDED = 400;
const TOKENS = 200;
const ROUNDS = 7;

/** What a mark adds to a token of the bundled model, end to end. */
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
  // All 4,096 tokens are candidates here, of a model that takes a millisecond a token: the worst case for a mark.
  const added = 1e6 * median(marked.map((speed, round) => 1 / speed - 1 / plain[round]!));
  const speeds = `${median(marked).toFixed(0)} and ${median(plain).toFixed(0)} tokens/s`;
  const yardstick = `the demo model marked and not, ${speeds}`;
  return [
    atMost(
      'added per token, demo model, no truncation',
      added,
      'µs',
      MOST_ADDED,
      yardstick,
      median(marked.map((speed, round) => speed / plain[round]!)),
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
