// Measures when account slots pay in detection: docs/statistics.md, section 14.1. Writes bench/results/account-slots.json and, from it, the
// page's table; `--render` writes the table alone.
import { readFileSync, writeFileSync } from 'node:fs';
import { Detector } from '@countermark/detector';
import { createParams, seededRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import { markdownTable, writeBlocks } from './docs/generated-block.ts';

const ANSWERS = 100;
const LENGTHS = [25, 50, 75, 100, 150, 200, 300];
const ISSUED = [100, 10_000, 1_000_000, 100_000_000];
const LEVEL = -6;
const VOCABULARY = 64;
/** Logits are uniform on −spread … spread. */
const KINDS = [
  { name: 'nats a token', spread: 3, replaced: 0 },
  { name: 'nats a token', spread: 12, replaced: 0 },
  { name: 'nats a token, a tenth of the tokens replaced', spread: 12, replaced: 0.1 },
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
    rows: measureAll(),
  };
  writeFileSync(RESULTS, `${JSON.stringify(results, undefined, 1)}\n`);
}
render(JSON.parse(readFileSync(RESULTS, 'utf8')) as Results);

function measureAll(): Row[] {
  const tokenizer = { name: 'none', vocabSize: VOCABULARY, fingerprint: '0'.repeat(64) };
  const key = new WatermarkKey(createParams({ tokenizer }), new Uint8Array(32).fill(29));
  const watermarker = new Watermarker(key);
  const longest = LENGTHS.at(-1) ?? 0;
  const rows: Row[] = [];
  for (const { name, spread, replaced } of KINDS) {
    let entropy = 0;
    const texts = Array.from({ length: ANSWERS }, (_, i) => {
      const random = seededRandom(`account slots ${spread} ${replaced} ${i}`);
      const generation = watermarker.start({ accountId: accountOf(i), random });
      const ids = Uint32Array.from({ length: longest }, () => {
        const logits = Float32Array.from({ length: VOCABULARY }, () => spread * (2 * random() - 1));
        entropy += entropyOf(logits) / (ANSWERS * longest);
        return generation.next(logits);
      });
      return ids.map((id) => (random() < replaced ? Math.floor(VOCABULARY * random()) : id));
    });
    const kind = `${entropy.toFixed(1)} ${name}`;
    for (const tokens of LENGTHS) rows.push(measure(key, kind, tokens, texts));
    process.stderr.write(`${kind}\n`);
  }
  watermarker.close();
  return rows;
}

function entropyOf(logits: Float32Array): number {
  const weights = Array.from(logits, Math.exp);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.reduce((total, weight) => total - (weight / sum) * Math.log(weight / sum), 0);
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
  writeBlocks('statistics.md', { 'account-slots': table });
}
