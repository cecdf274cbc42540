// Measures how alike marked answers to one prompt are, and what evidence the remedies cost, on the bundled model: docs/choices.md.
//   node bench/dist/variety.js [--only openings|evidence|curve]
// Writes bench/results/variety.json and, from it, the page's tables. All of it takes two hours of one core.
import { parseArgs } from 'node:util';
import { compareClusters, measureVariety } from '@countermark/evaluation';
import { seededRandom } from '@countermark/watermark';
import { closeModel } from './batched-answers.ts';
import { independentAnswers, markedAnswers, unmarkedAnswers } from './variety/measure.ts';
import { PROMPTS } from './variety/prompts.ts';
import type { CurveRow, EvidenceRow, OpeningRow } from './variety/results.ts';
import { readResults, writeResults } from './variety/results.ts';
import { AT_ONCE, CURVE, DEFAULT, SAMPLINGS, type Sampling, type Setting } from './variety/settings.ts';
import { writeTables } from './variety/tables.ts';

const ANSWERS = 100;
const OPENING_TOKENS = 64;
const EVIDENCE_TOKENS = 400;
const CURVE_PROMPTS = [0, 1, 10, 17];
const CURVE_ANSWERS = 24;
const CURVE_TOKENS = 200;
const [HOT, , COOL] = SAMPLINGS as readonly [Sampling, Sampling, Sampling];
// Answers to each prompt.
const EVIDENCE: readonly [Sampling, number][] = [
  [HOT, 100],
  [COOL, 30],
];

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const results = readResults();
if (isWanted('openings')) save({ openings: await measureOpenings() });
if (isWanted('evidence')) save({ evidence: await measureEvidence() });
if (isWanted('curve')) save({ curve: await measureCurve() });
await closeModel();

function isWanted(part: string): boolean {
  return values.only === undefined || values.only === part;
}

function save(part: Partial<ReturnType<typeof readResults>>): void {
  Object.assign(results, part);
  writeResults(results);
  writeTables(results);
}

async function measureOpenings(): Promise<OpeningRow[]> {
  const rows: OpeningRow[] = [];
  for (const sampling of SAMPLINGS) {
    for (const [i, { kind, text: prompt }] of PROMPTS.entries()) {
      const wanted = { prompt, sampling, answers: ANSWERS, tokens: OPENING_TOKENS };
      const varietyUnder = async (setting: Setting) =>
        measureVariety((await markedAnswers(wanted, setting, i)).answers);
      rows.push({
        ...{ sampling: sampling.name, kind, prompt },
        unmarked: measureVariety(await unmarkedAnswers(wanted)),
        atOnce: await varietyUnder(AT_ONCE),
        marked: await varietyUnder(DEFAULT),
      });
      console.log(sampling.name, prompt, JSON.stringify(rows.at(-1)));
    }
  }
  return rows;
}

async function measureEvidence(): Promise<EvidenceRow[]> {
  const rows: EvidenceRow[] = [];
  for (const [sampling, answers] of EVIDENCE) {
    const before: number[] = [];
    const now: number[] = [];
    for (const [i, { text: prompt }] of PROMPTS.entries()) {
      const wanted = { prompt, sampling, answers, tokens: EVIDENCE_TOKENS };
      const evidenceUnder = async (setting: Setting) =>
        (await independentAnswers(wanted, setting, `evidence, ${i}`)).log10PValues;
      before.push(...(await evidenceUnder(AT_ONCE)));
      now.push(...(await evidenceUnder(DEFAULT)));
    }
    const { marked, unmarked, difference } = compareClusters(now, before, {
      random: seededRandom('evidence'),
    });
    const share = (log10PValue: number): number => log10PValue / -unmarked.value;
    rows.push({
      sampling: sampling.name,
      answers: answers * PROMPTS.length,
      tokens: EVIDENCE_TOKENS,
      atOnce: unmarked.value,
      marked: marked.value,
      lost: { value: share(difference.value), low: share(difference.low), high: share(difference.high) },
    });
    console.log(JSON.stringify(rows.at(-1)));
  }
  return rows;
}

async function measureCurve(): Promise<CurveRow[]> {
  const rows: CurveRow[] = [];
  const prompts = CURVE_PROMPTS.map((i) => PROMPTS[i]?.text ?? '');
  for (const sampling of [HOT, COOL]) {
    for (const setting of [undefined, ...CURVE]) {
      const measured = [];
      for (const [i, prompt] of prompts.entries()) {
        const wanted = { prompt, sampling, answers: CURVE_ANSWERS, tokens: CURVE_TOKENS };
        measured.push(
          setting === undefined
            ? { answers: await unmarkedAnswers(wanted), log10PValues: [], repeated: 0 }
            : await markedAnswers(wanted, setting, 100 + i),
        );
      }
      const varieties = measured.map(({ answers }) => measureVariety(answers));
      const log10PValues = measured.flatMap((each) => each.log10PValues);
      rows.push({
        sampling: sampling.name,
        name: setting?.name ?? 'no mark',
        ...{ prompts: prompts.length, answers: CURVE_ANSWERS, tokens: CURVE_TOKENS },
        ...(setting === undefined
          ? {}
          : {
              evidence: -mean(log10PValues),
              detected: mean(log10PValues.map((value) => (value <= -6 ? 1 : 0))),
              repeated: mean(measured.map((each) => each.repeated)),
            }),
        shared: mean(varieties.map(({ shared }) => shared[1] as number)),
        leastOpenings: Math.min(...varieties.map(({ openings }) => openings[1] as number)),
      });
      console.log(JSON.stringify(rows.at(-1)));
    }
  }
  return rows;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}
