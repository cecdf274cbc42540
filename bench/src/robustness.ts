// Measures what attacks leave of the mark and what it costs in quality, on the bundled model: docs/robustness.md. Writes
// bench/results/robustness.json and, from it, the page's tables and plots; `--render` writes those alone. Takes three quarters of an hour.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoModelDirectory, demoModelFiles } from '@countermark/demo-model';
import {
  ATTACKS,
  type AttackEvaluation,
  type AttackResources,
  compareQuality,
  evaluateAttacks,
  type Trial,
  unmarkedText,
} from '@countermark/evaluation';
import { humanText } from '@countermark/fixtures';
import {
  DEFAULT_PARAMS,
  type SamplingSettings,
  type SchemeParams,
  seededRandom,
} from '@countermark/watermark';
import { loadOnnxModel } from '@countermark/watermark/integrations/onnxruntime';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import {
  type Cluster,
  keyOf,
  type Mark,
  markedClusters,
  type Size,
  type Source,
  unmarkedClusters,
} from './robustness/answers.ts';
import { renderPage } from './robustness/page.ts';
import {
  type Condition,
  type Results,
  readResults,
  resultRow,
  type WidthRow,
  writeResults,
} from './robustness/results.ts';
import { openInstalledWordNet } from './word-net.ts';

const SCHEMES: readonly SchemeParams[] = [
  { kind: 'gumbel' },
  { kind: 'tournament', depth: 30 },
  { kind: 'green-list', gamma: 0.25, delta: 2 },
];
const SETTINGS: readonly [string, SamplingSettings][] = [
  ['temperature 0.8', { temperature: 0.8 }],
  ['temperature 0.5, top-p 0.9', { temperature: 0.5, topP: 0.9 }],
];
// --smoke shows that everything can be measured, and writes nothing.
const SMOKE = process.argv.includes('--smoke');
const SIZE: Size = SMOKE
  ? { clusters: 2, answersEach: 2, tokens: 100 }
  : { clusters: 64, answersEach: 3, tokens: 300 };
// A wider context is spoilt by more edits, and comes again less often.
const WIDTHS = [2, 3, 4, 6, 8];
const WIDTH_ATTACKS = ['none', 'delete', 'substitute'];
const ALPHA = 1e-6;
const MIN_TOKENS = 50;

if (!process.argv.includes('--render')) await measure();
if (!SMOKE) await renderPage(readResults());

async function measure(): Promise<void> {
  const model = await loadOnnxModel(demoModelFiles().onnxModel, {
    contextLength: 512,
    session: { intraOpNumThreads: 1 },
  });
  const directory = demoModelDirectory();
  const tokenizer = await openTokenizer(join(directory, 'tokenizer.json'));
  const { eos_token_id } = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8'));
  const source: Source = { model, tokenizer, stopTokenIds: [eos_token_id] };
  const resources: AttackResources = {
    ...unmarkedText(humanText('prose')),
    synonyms: openInstalledWordNet(),
    foreignTokenizer: await openTokenizer('o200k_base'),
  };
  const conditions: Condition[] = [];
  const widths: WidthRow[] = [];
  for (const [name, sampling] of SETTINGS) {
    say(`unmarked answers, ${name}`);
    const unmarked = await unmarkedClusters(source, sampling, SIZE);
    for (const scheme of SCHEMES) {
      say(`${scheme.kind}, ${name}`);
      const marked = await markedClusters(source, { scheme }, sampling, SIZE);
      const { rows, canonical } = attack(source, { scheme }, marked, unmarked, resources);
      const quality = await compareQuality(pairs(marked, unmarked), model, {
        random: seededRandom(`robustness bootstrap ${scheme.kind} ${name}`),
      });
      const condition = { scheme: scheme.kind, sampling: name, canonical, quality };
      conditions.push({ ...condition, rows: rows.map(resultRow) });
    }
    for (const contextWidth of WIDTHS) {
      say(`context width ${contextWidth}, ${name}`);
      const mark: Mark = { scheme: { kind: 'gumbel' }, contextWidth };
      const marked = await markedClusters(source, mark, sampling, { ...SIZE, answersEach: 1 });
      const { rows } = attack(source, mark, marked, unmarked, resources, WIDTH_ATTACKS);
      const read = rows.filter(({ reading }) => reading === 'text');
      widths.push(...read.map((row) => ({ sampling: name, contextWidth, ...resultRow(row) })));
    }
  }
  resources.foreignTokenizer?.close();
  tokenizer.close();
  await model.close();
  if (!SMOKE) writeResults(aboutAll(conditions, widths));
}

// The first answer of each cluster is attacked: these are independent, as each has a key of its own.
function attack(
  source: Source,
  mark: Mark,
  marked: readonly Cluster[],
  unmarked: readonly Cluster[],
  resources: AttackResources,
  names = ATTACKS.map(({ name }) => name),
): AttackEvaluation {
  const trials = marked.map(
    ({ answers }, i): Trial => ({
      key: keyOf(source, mark, i, 'mark'),
      wrongKey: keyOf(source, mark, i, 'wrong'),
      marked: answers[0]!,
      unmarked: unmarked[i]!.answers[0]!,
    }),
  );
  const attacks = ATTACKS.filter(({ name }) => names.includes(name));
  const plans = attacks.map((each) => ({ attack: each, strengths: each.strengths }));
  const run = evaluateAttacks(trials, plans, resources, {
    tokenizer: source.tokenizer,
    alpha: ALPHA,
    minTokens: MIN_TOKENS,
    seed: 'robustness',
  });
  for (;;) {
    const step = run.next();
    if (step.done === true) return step.value;
    if (step.value.trials % 16 === 0) say(`  ${step.value.trials} of ${step.value.of} answers attacked`);
  }
}

function pairs(
  marked: readonly Cluster[],
  unmarked: readonly Cluster[],
): { prompt: Uint32Array; marked: Uint32Array[]; unmarked: Uint32Array[] }[] {
  const idsOf = ({ answers }: Cluster): Uint32Array[] => answers.map(({ tokenIds }) => tokenIds);
  return marked.map((cluster, i) => ({
    prompt: cluster.prompt,
    marked: idsOf(cluster),
    unmarked: idsOf(unmarked[i]!),
  }));
}

function aboutAll(conditions: readonly Condition[], widths: readonly WidthRow[]): Results {
  return {
    command: 'node bench/dist/robustness.js',
    answers: SIZE.clusters,
    answersEach: SIZE.answersEach,
    tokens: SIZE.tokens,
    alpha: ALPHA,
    minTokens: MIN_TOKENS,
    commonShare: DEFAULT_PARAMS.commonShare,
    contextWidth: DEFAULT_PARAMS.contextWidth,
    units: Object.fromEntries(ATTACKS.map(({ name, unit }) => [name, unit])),
    conditions,
    widths,
  };
}

function say(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}
