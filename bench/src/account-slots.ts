// Measures when account slots pay in detection: docs/statistics.md, section 14.1. Writes bench/results/account-slots.json and, from it, the
// page's table; `--render` writes the table alone. Takes some minutes.
import { readFileSync, writeFileSync } from 'node:fs';
import { Detector } from '@countermark/detector';
import { createParams, seededRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import { markdownTable, writeBlocks } from './docs/generated-block.ts';

const ANSWERS = 40;
const LENGTHS = [25, 50, 75, 100, 150, 200, 300];
const ISSUED = [100, 10_000, 1_000_000, 100_000_000];
const LEVEL = -6;
const KINDS = [
  { kind: 'temperature 0.8', sampling: { temperature: 0.8 }, replaced: 0 },
  { kind: 'temperature 0.5, top-p 0.9', sampling: { temperature: 0.5, topP: 0.9 }, replaced: 0 },
  {
    kind: 'temperature 0.5, top-p 0.9, a tenth of the tokens replaced',
    sampling: { temperature: 0.5, topP: 0.9 },
    replaced: 0.1,
  },
] as const;

/** Texts of one kind and length: medians of log10 p, and how many of them are detected at 1e-6. */
interface Row {
  readonly kind: string;
  readonly tokens: number;
  readonly alone: Cell;
  /** One cell for each number of accounts issued. */
  readonly withSlots: readonly Cell[];
}

interface Cell {
  readonly medianLog10P: number;
  readonly detected: number;
}

interface Results {
  readonly about: {
    readonly answers: number;
    readonly issued: readonly number[];
    readonly log10Level: number;
  };
  readonly rows: readonly Row[];
}

const RESULTS = new URL('../results/account-slots.json', import.meta.url);

if (!process.argv.includes('--render')) {
  const results: Results = {
    about: { answers: ANSWERS, issued: ISSUED, log10Level: LEVEL },
    rows: await measureAll(),
  };
  writeFileSync(RESULTS, `${JSON.stringify(results, undefined, 1)}\n`);
}
render(JSON.parse(readFileSync(RESULTS, 'utf8')) as Results);

async function measureAll(): Promise<Row[]> {
  const { batchedAnswers, closeModel, START, tokenizer } = await import('./batched-answers.ts');
  const { vocabSize, fingerprint } = tokenizer;
  const params = createParams({ tokenizer: { name: 'demo', vocabSize, fingerprint } });
  const key = new WatermarkKey(params, new Uint8Array(32).fill(29));
  const watermarker = new Watermarker(key);
  const longest = LENGTHS.at(-1) ?? 0;
  const rows: Row[] = [];
  for (const { kind, sampling, replaced } of KINDS) {
    const generations = Array.from({ length: ANSWERS }, (_, i) =>
      watermarker.start({
        prompt: [START],
        accountId: accountOf(i),
        sampling,
        random: seededRandom(`account slots ${kind} ${i}`),
      }),
    );
    const answers = await batchedAnswers([START], generations, longest);
    const texts = answers.map(({ tokenIds }, i) => {
      const random = seededRandom(`replaced ${kind} ${i}`);
      return Uint32Array.from(tokenIds, (id) =>
        random() < replaced ? Math.floor(vocabSize * random()) : id,
      );
    });
    for (const tokens of LENGTHS) rows.push(measure(key, kind, tokens, texts));
    process.stderr.write(`${kind}\n`);
  }
  watermarker.close();
  await closeModel();
  return rows;
}

// The best of the other codes, which fit by chance, is left out: it can only make a p-value smaller.
function measure(key: WatermarkKey, kind: string, tokens: number, texts: readonly Uint32Array[]): Row {
  const log10PValues = (issued: number | undefined): number[] =>
    texts.map((text, i) => {
      const accounts = issued === undefined ? {} : { accounts: { ids: [accountOf(i)], issued } };
      const detector = new Detector([key], { minTokens: 1, ...accounts });
      const { log10PValue } = detector.detect(text.subarray(0, tokens));
      detector.close();
      return log10PValue;
    });
  return {
    kind,
    tokens,
    alone: cellOf(log10PValues(undefined)),
    withSlots: ISSUED.map((issued) => cellOf(log10PValues(issued))),
  };
}

function accountOf(answer: number): string {
  return `account-${answer}`;
}

function cellOf(log10PValues: readonly number[]): Cell {
  const sorted = log10PValues.toSorted((a, b) => a - b);
  const median = ((sorted[ANSWERS / 2 - 1] ?? 0) + (sorted[ANSWERS / 2] ?? 0)) / 2;
  return {
    medianLog10P: Math.round(100 * median) / 100,
    detected: log10PValues.filter((value) => value <= LEVEL).length,
  };
}

function render({ about, rows }: Results): void {
  const shown = ({ medianLog10P, detected }: Cell): string =>
    `${medianLog10P.toFixed(1).replace('-', '−')}; ${Math.round((100 * detected) / about.answers)} %`;
  const head = [
    'text',
    'tokens',
    'without accounts',
    ...about.issued.map((n) => `${n.toLocaleString('en')} issued`),
  ];
  const table = markdownTable(
    head,
    rows.map(({ kind, tokens, alone, withSlots }) => [
      kind,
      String(tokens),
      shown(alone),
      ...withSlots.map(shown),
    ]),
  );
  writeBlocks('statistics.md', { 'account-slots': table }, ['plan-table', 'foreign-calibration']);
}
