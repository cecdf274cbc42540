// The laboratory of docs/radioactivity.md: examples/distillation/README.md has the flags.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { closeModel, tokenizer } from '@countermark/bench/batched-answers';
import { openInstalledWordNet } from '@countermark/bench/word-net';
import type { PromptedAnswer } from './answer-file.ts';
import type { DiversityRow } from './diversity.ts';
import { type GroupRow, groupRows } from './group-rows.ts';
import { Laboratory } from './laboratory.ts';
import { planLessons, splitAnswers, tokensOf, UNSEEN } from './lessons.ts';
import { MAIN_MARK, type Mark, OTHER_MARKS, SECOND_MARK } from './marks.ts';
import { neuralRows } from './neural-rows.ts';
import { generationRows, markRows, removalRows, shareRows, type Taught } from './ngram-rows.ts';
import { humanPrompts } from './prompts.ts';
import { auditInnocents, type ReliabilityRow } from './reliability.ts';
import { type AuditRow, PUBLISHED, readResults, writeResults } from './results.ts';
import { tablesOf } from './tables.ts';
import { teach } from './teacher.ts';
import { writePage } from './write-page.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: '.cache/distillation' },
    answers: { type: 'string', default: '1024' },
    asked: { type: 'string', default: '256' },
    'asked-neural': { type: 'string', default: '512' },
    decoys: { type: 'string', default: '20' },
    neural: { type: 'string', default: '0' },
    python: { type: 'string', default: 'python3' },
    passes: { type: 'string', default: '4' },
    innocent: { type: 'string', default: '0' },
    only: { type: 'string', multiple: true },
    publish: { type: 'boolean', default: false },
  },
});
const [answers, asked, askedNeural, decoys, neural, passes, innocent] = (
  ['answers', 'asked', 'asked-neural', 'decoys', 'neural', 'passes', 'innocent'] as const
).map((name) => {
  const number = Number(values[name]);
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`--${name} expected a whole number`);
  return number;
}) as [number, number, number, number, number, number, number];

/** What a part of the run found. */
interface Part {
  readonly rows: AuditRow[];
  readonly groups: GroupRow[];
  readonly diversity: DiversityRow[];
}

const say = (text: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
const folder = join(values.out, 'answers');
mkdirSync(folder, { recursive: true });
const prompts = humanPrompts(tokenizer);
if (prompts.length < UNSEEN + answers + asked) {
  throw new RangeError(`--answers and --asked expected at most ${prompts.length - UNSEEN} together`);
}

const lessons = planLessons(answers, prompts);
say(`the teacher writes ${tokensOf(lessons).toLocaleString('en')} tokens, or reads those of an earlier run`);
const taught = new Map<string, PromptedAnswer[]>();
for (const lesson of lessons) {
  const report = (count: number): void => say(`${lesson.name}: ${count} of ${lesson.prompts.length} answers`);
  taught.set(lesson.name, await teach(folder, lesson, tokenizer, report));
}
const markedOf = (mark: Mark) => splitAnswers(mark, taught.get(mark.name) ?? []);
const all: Taught = {
  main: markedOf(MAIN_MARK),
  others: OTHER_MARKS.map(markedOf),
  second: markedOf(SECOND_MARK),
};
const unmarked = taught.get('unmarked') ?? [];
const fresh = prompts.slice(UNSEEN + answers);
const world = { tokenizer, answers, unmarked, prompts: fresh.slice(0, asked), decoys };
const lab = new Laboratory(world);

const setup = { answers, tokens: unmarked[0]?.answer.length ?? 0, asked, askedNeural };
const found: Part = { rows: [], groups: [], diversity: [] };
let reliability: readonly ReliabilityRow[] = [];
const file = join(values.out, 'results.json');
const keep = (): void => writeResults(file, { setup, ...found, reliability });

collect('shares', ({ rows }) => addTo(rows, shareRows(lab, all)));
collect('marks', ({ rows }) => addTo(rows, markRows(lab, all)));
collect('removal', ({ rows }) => addTo(rows, removalRows(lab, all, tokenizer, openInstalledWordNet())));
collect('groups', ({ groups }) => addTo(groups, groupRows(lab, all)));
collect('generations', ({ rows, diversity }) =>
  addTo(
    rows,
    generationRows(lab, all, tokenizer, (row) => diversity.push(row)),
  ),
);
if (neural > 0) {
  const settings = { directory: join(values.out, 'neural'), python: values.python, passes };
  const asksFewer = new Laboratory({ ...world, prompts: fresh.slice(0, askedNeural) });
  collect(`neural-${neural}`, ({ rows }) => addTo(rows, neuralRows(asksFewer, all, settings, neural, say)));
}
reliability = innocents();
keep();
const results = readResults(file)!;
for (const [name, table] of Object.entries(tablesOf(results))) console.log(`${name}\n\n${table}\n`);
if (values.publish) {
  copyFileSync(file, PUBLISHED);
  await writePage(results);
}
await closeModel();

/** Adds to what was found the rows of a part of the run, or those that an earlier run of the same settings made. */
function collect(name: string, make: (part: Part) => void): void {
  const path = join(values.out, `rows-${name}.json`);
  const settings = { ...setup, decoys, passes };
  const earlier = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as Part & { readonly settings: object })
    : undefined;
  let part: Part = { rows: [], groups: [], diversity: [] };
  if (earlier !== undefined && JSON.stringify(earlier.settings) === JSON.stringify(settings)) {
    say(`${name}: as an earlier run found`);
    part = earlier;
  } else if (isAsked(name)) {
    say(name);
    make(part);
    writeFileSync(path, JSON.stringify({ settings, ...part }));
  }
  for (const key of ['rows', 'groups', 'diversity'] as const) found[key].push(...(part[key] as never[]));
  keep();
}

function isAsked(name: string): boolean {
  return values.only === undefined || values.only.some((part) => name.startsWith(part));
}

function addTo<Row extends AuditRow | GroupRow>(list: Row[], made: Iterable<Row>): void {
  for (const row of made) {
    list.push(row);
    say(inWords(row));
  }
}

function inWords(row: AuditRow | GroupRow): string {
  if ('guilty' in row) return `${row.guilty ?? 'nobody'}, ${row.weights}: named ${row.named.join(', ')}`;
  const { kind, mark, share, variant, depth, weights, filter, log10PValue } = row;
  const what = [kind, mark, `${100 * share} %`, variant, depth, weights, filter ? 'filter' : ''];
  return `${what.filter(Boolean).join(', ')}: log10 p ${log10PValue.toFixed(1)}`;
}

/** Audits innocents anew only where more are asked for than an earlier run had. */
function innocents(): readonly ReliabilityRow[] {
  const path = join(values.out, 'innocents.json');
  const earlier = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ReliabilityRow[]) : [];
  if ((earlier[0]?.audits ?? 0) >= innocent || !isAsked('innocents')) return earlier;
  return auditInnocents(innocent, unmarked, fresh, tokenizer, (count, soFar) => {
    if (count % 20 !== 0 && count !== innocent) return;
    say(`innocents: ${count} of ${innocent}`);
    writeFileSync(path, JSON.stringify(soFar()));
  });
}
