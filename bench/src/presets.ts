// Measures what the presets of `keygen` are good for, on the bundled model: docs/choices.md. Takes some minutes.
import { demoModelDirectory, demoModelFiles } from '@countermark/demo-model';
import { AccountTracer, Detector } from '@countermark/detector';
import { DEMO_PROMPTS } from '@countermark/fixtures';
import {
  createParams,
  createPlainSampler,
  generateTokens,
  SHARE_PRESETS,
  seededRandom,
  type TokenSampler,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { loadOnnxModel } from '@countermark/watermark/integrations/onnxruntime';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { sharedGrams, sharedOpening } from './diversity.ts';
import { median } from './measure.ts';

const PROMPTS = DEMO_PROMPTS.slice(0, 4);
const ANSWERS = 6;
const TOKENS = 300;
const sampling = { temperature: 0.8 };
const MINE = 4711;
const accounts = Array.from({ length: 24_000 }, (_, i) => `account-${i}`);

const model = await loadOnnxModel(demoModelFiles().onnxModel, {
  contextLength: 512,
  session: { intraOpNumThreads: 1 },
});
const tokenizer = await openTokenizer(`${demoModelDirectory()}/tokenizer.json`);
const { vocabSize, fingerprint } = tokenizer;

print('preset', 'accounts', 'detect, log10 p', 'trace, log10 p', 'named', 'same 4-grams', 'same opening');
const plain = await answers((_, random) => createPlainSampler(vocabSize, sampling, random));
print('no mark', '', '', '', '', percent(sharedGrams(plain)), sharedOpening(plain).toFixed(1));
await measurePreset('detect', () => MINE);
await measurePreset('trace', () => MINE);
await measurePreset('trace', (answer) => answer);
tokenizer.close();
await model.close();

// For diversity the worst case is that one account asks every time.
async function measurePreset(
  preset: keyof typeof SHARE_PRESETS,
  accountOf: (answer: number) => number,
): Promise<void> {
  const tokenizerParams = { name: 'demo', vocabSize, fingerprint };
  const params = createParams({ tokenizer: tokenizerParams, ...SHARE_PRESETS[preset] });
  const key = new WatermarkKey(params, new Uint8Array(32).fill(11));
  const watermarker = new Watermarker(key);
  const owners: string[] = [];
  const groups = await answers((prompt, random) => {
    const accountId = accounts[accountOf(owners.length)] ?? '';
    owners.push(accountId);
    return watermarker.start({ prompt, accountId, sampling, random });
  });
  const detector = new Detector([key]);
  const detected: number[] = [];
  const traced: number[] = [];
  let named = 0;
  for (const [answer, ids] of groups.flat().entries()) {
    detected.push(detector.detect(ids).log10PValue);
    if (params.accountShare === 0) continue;
    const tracer = new AccountTracer(key);
    tracer.add(ids);
    const [trace] = tracer.trace(accounts).documents;
    traced.push(trace?.log10PValue ?? 0);
    if (trace?.named[0]?.account === owners[answer]) named++;
    tracer.close();
  }
  detector.close();
  watermarker.close();
  print(
    preset,
    new Set(owners).size === 1 ? 'one' : 'different',
    median(detected).toFixed(1),
    traced.length === 0 ? '' : median(traced).toFixed(1),
    traced.length === 0 ? '' : percent(named / traced.length),
    percent(sharedGrams(groups)),
    sharedOpening(groups).toFixed(1),
  );
}

/** Answers to each prompt, in groups. */
async function answers(
  start: (prompt: Uint32Array, random: () => number) => TokenSampler,
): Promise<Uint32Array[][]> {
  const groups: Uint32Array[][] = [];
  for (const [i, text] of PROMPTS.entries()) {
    const prompt = tokenizer.encode(text);
    const group: Uint32Array[] = [];
    for (let answer = 0; answer < ANSWERS; answer++) {
      const sampler = start(prompt, seededRandom(`${i} ${answer}`));
      const ids: number[] = [];
      for await (const id of generateTokens(model, sampler, prompt, { maxTokens: TOKENS })) ids.push(id);
      group.push(Uint32Array.from(ids));
    }
    groups.push(group);
  }
  return groups;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function print(...cells: string[]): void {
  process.stdout.write(`${cells.map((cell) => cell.padEnd(16)).join('')}\n`);
}
