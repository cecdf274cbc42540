// Measures what the presets of `keygen` are good for, on the bundled model: docs/choices.md. Takes some minutes.
import { AccountTracer, Detector } from '@countermark/detector';
import { type Answer, measureVariety } from '@countermark/evaluation';
import { DEMO_PROMPTS } from '@countermark/fixtures';
import {
  createParams,
  createPlainSampler,
  SHARE_PRESETS,
  seededRandom,
  type TokenSampler,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { batchedAnswers, closeModel, tokenizer } from './batched-answers.ts';
import { median } from './measure.ts';

const PROMPTS = DEMO_PROMPTS.slice(0, 4);
const ANSWERS = 12;
const TOKENS = 300;
const sampling = { temperature: 0.8 };
const MINE = 4711;
const accounts = Array.from({ length: 24_000 }, (_, i) => `account-${i}`);

const { vocabSize, fingerprint } = tokenizer;

print('preset', 'accounts', 'detect, log10 p', 'trace, log10 p', 'named', 'shared 6-grams', 'openings of 8');
const plain = await answers((_, random) => createPlainSampler(vocabSize, sampling, random));
print('no mark', '', '', '', '', ...varietyOf(plain));
await measurePreset('detect', () => MINE);
await measurePreset('trace', () => MINE);
await measurePreset('trace', (answer) => answer);
await closeModel();

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
  for (const [answer, { tokenIds: ids }] of groups.flat().entries()) {
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
    ...varietyOf(groups),
  );
}

/** Answers to each prompt, in groups. */
async function answers(
  start: (prompt: Uint32Array, random: () => number) => TokenSampler,
): Promise<Answer[][]> {
  const groups: Answer[][] = [];
  for (const [i, text] of PROMPTS.entries()) {
    const prompt = tokenizer.encode(text);
    const samplers = Array.from({ length: ANSWERS }, (_, answer) =>
      start(prompt, seededRandom(`${i} ${answer}`)),
    );
    groups.push(await batchedAnswers(prompt, samplers, TOKENS));
  }
  return groups;
}

// The mean share of 6-grams that another answer has, and the share of different beginnings of the worst prompt.
function varietyOf(groups: readonly Answer[][]): [string, string] {
  const varieties = groups.map(measureVariety);
  const shared = varieties.reduce((sum, each) => sum + (each.shared[1] as number), 0) / varieties.length;
  return [percent(shared), percent(Math.min(...varieties.map(({ openings }) => openings[1] as number)))];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function print(...cells: string[]): void {
  process.stdout.write(`${cells.map((cell) => cell.padEnd(16)).join('')}\n`);
}
