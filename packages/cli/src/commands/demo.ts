import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { correctDocuments, type Detection, Detector, type ReportedDetection } from '@countermark/detector';
import { htmlReport } from '@countermark/detector/report';
import { neverEnding } from '@countermark/evaluation';
import type { LocalModel } from '@countermark/local-model';
import { formatLog10, formatPValue } from '@countermark/report';
import { createParams, formatKeyFile, type SamplingSettings, WatermarkKey } from '@countermark/watermark';
import { Command } from 'commander';
import { type Answer, answer } from '../answer.ts';
import { interruptible } from '../interrupt.ts';
import { openModel } from '../open-model.ts';
import { writeData } from '../output.ts';
import { DEMO, tokenizerParams } from '../tokenizers.ts';
import { writeFileWhole } from '../write-file.ts';

const PROMPT = 'The state of the nation is';
const MAX_TOKENS = 400;
// Not measured: the engine allocates and the code warms up.
const WARM_UP_TOKENS = 64;

/** One answer of the demo: how it was made, and what became of it. */
interface Trial {
  readonly name: string;
  readonly marked: boolean;
  readonly sampling: SamplingSettings;
}

const TRIALS: readonly Trial[] = [
  { name: 'marked', marked: true, sampling: { temperature: 1 } },
  { name: 'unmarked', marked: false, sampling: { temperature: 1 } },
  { name: 'marked-cooler', marked: true, sampling: { temperature: 0.5, topP: 0.9 } },
  { name: 'unmarked-cooler', marked: false, sampling: { temperature: 0.5, topP: 0.9 } },
];

interface Outcome extends Trial {
  readonly answer: Answer;
  readonly tokensPerSecond: number;
}

/** `countermark demo`: marks a model's answer and detects it, from nothing. */
export function demoCommand(): Command {
  return new Command('demo')
    .option(
      '--out <directory>',
      'where the results go; files of an earlier run are replaced',
      'countermark-demo',
    )
    .action(({ out }: { out: string }) => interruptible((signal) => demo(out, signal)));
}

async function demo(out: string, signal: AbortSignal): Promise<void> {
  const opened = await openModel(DEMO, { tokenizers: [], signal });
  const open = { ...opened, model: neverEnding(opened.model, opened.stopTokenIds) };
  try {
    const params = createParams({ tokenizer: tokenizerParams(DEMO, open.tokenizer) });
    const key = new WatermarkKey(params);
    await mkdir(out, { recursive: true });
    await writeFileWhole(join(out, 'key.json'), formatKeyFile(key), { mode: 0o600, force: true });
    await writeData(
      `${HEADING}\n\nkey      ${key.keyId}, new, in ${join(out, 'key.json')}\nprompt   ${PROMPT} …\n\n`,
    );
    const outcomes: Outcome[] = [];
    await run(open, { ...(TRIALS[0] as Trial), name: 'warm-up' }, key, WARM_UP_TOKENS, signal);
    for (const trial of TRIALS) outcomes.push(await run(open, trial, key, MAX_TOKENS, signal));
    await report(out, open, key, outcomes);
  } finally {
    await open.close();
  }
}

const HEADING = 'Countermark demo: a small language model answers one prompt, marked and not.';

async function run(
  open: LocalModel,
  trial: Trial,
  key: WatermarkKey,
  maxTokens: number,
  signal: AbortSignal,
): Promise<Outcome> {
  const started = performance.now();
  const result = await answer(open, {
    prompt: PROMPT,
    maxTokens,
    sampling: trial.sampling,
    signal,
    ...(trial.marked ? { key, accountId: 'demo-account' } : {}),
  });
  const seconds = (performance.now() - started) / 1000;
  return { ...trial, answer: result, tokensPerSecond: result.tokenIds.length / seconds };
}

async function report(
  out: string,
  open: LocalModel,
  key: WatermarkKey,
  outcomes: readonly Outcome[],
): Promise<void> {
  const detector = new Detector([key], { tokenizers: [open.tokenizer] });
  // The same secret length and parameters, another secret: what anybody without the key would get.
  const stranger = new Detector([new WatermarkKey(key.params)], { tokenizers: [open.tokenizer] });
  try {
    // An auditor has the text alone: it is tokenized again.
    const traced = outcomes.map(({ answer: { text } }) => detector.report(text));
    const detections = correctDocuments(traced.map(({ detection }) => detection));
    const strange = stranger.report(outcomes[0]?.answer.text ?? '');
    const lines = outcomes.map((outcome, i) =>
      row(outcome.name, detections[i] as Detection, outcome.tokensPerSecond),
    );
    await writeData(`${[COLUMNS, ...lines, row('marked, wrong key', strange.detection)].join('\n')}\n\n`);
    for (const outcome of outcomes.slice(0, 2)) {
      await writeData(`${outcome.name}: ${PROMPT}${excerpt(outcome.answer.text)}\n\n`);
    }
    await writeResults(out, key, outcomes, detections, strange, traced);
    await writeData(
      `"cooler" is temperature 0.5 and top-p 0.9: less entropy, so less room for a mark.\nresults  ${join(out, 'result.json')}\nreport   ${join(out, 'report.html')} (open it in a browser)\n`,
    );
  } finally {
    detector.close();
    stranger.close();
  }
}

async function writeResults(
  out: string,
  key: WatermarkKey,
  outcomes: readonly Outcome[],
  detections: readonly Detection[],
  strange: ReportedDetection,
  traced: readonly ReportedDetection[],
): Promise<void> {
  const result = {
    object: 'demo',
    key: key.toJSON(),
    prompt: PROMPT,
    answers: outcomes.map((outcome, i) => ({ ...outcome, detection: detections[i] })),
    wrongKey: strange.detection,
  };
  const sections = traced.map((document, i) => ({
    name: outcomes[i]?.name ?? '',
    traced: document,
    detection: detections[i] as Detection,
  }));
  const page = htmlReport(
    [...sections, { name: 'marked, tested with a wrong key', traced: strange, detection: strange.detection }],
    { title: 'Countermark demo', command: 'npm run demo' },
  );
  await writeFileWhole(join(out, 'result.json'), `${JSON.stringify(result, null, 2)}\n`, { force: true });
  await writeFileWhole(join(out, 'report.html'), page, { force: true });
  for (const {
    name,
    answer: { text },
  } of outcomes) {
    await writeFileWhole(join(out, `${name}.txt`), text, { force: true });
  }
}

const COLUMNS = line('answer', 'verdict', 'scored', 'p-value', 'log10 p', 'tokens/s');

function row(name: string, detection: Detection, tokensPerSecond?: number): string {
  const { verdict, scored, total, log10PValue } = detection;
  return line(
    name,
    verdict,
    `${scored} of ${total}`,
    formatPValue(log10PValue),
    formatLog10(log10PValue, 2),
    tokensPerSecond === undefined ? '' : tokensPerSecond.toFixed(0),
  );
}

function line(
  ...[name = '', verdict = '', scored = '', pValue = '', log10 = '', speed = '']: string[]
): string {
  const cells = [
    name.padEnd(18),
    verdict.padEnd(13),
    scored.padStart(10),
    pValue.padStart(10),
    log10.padStart(9),
  ];
  return [...cells, speed.padStart(9)].join('  ').trimEnd();
}

function excerpt(text: string): string {
  const short = text.slice(0, 240);
  return short.length < text.length ? `${short} …` : short;
}
