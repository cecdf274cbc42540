// Measures how often p-values are small though the text was made without the key: docs/statistics.md, section 18.7. Writes
// bench/results/foreign-calibration.json and, from it, the section's table; rows that were not asked for stay as they are.
//   node bench/dist/foreign-calibration.js [--profile NAME] [--null natural|other-key|chosen] [--draws N] [--rare N] [--continue] [--print]
// --draws: pairs of a text and a random key (10,000). --rare: texts of each estimate at 1e-6 (2,000), 0 for none. --continue: leaves out
// rows that have as many draws and the estimate that they would get. --print: writes nothing.
import { parseArgs } from 'node:util';
import { foreignMarks, type MarkCase, ownMarks } from '@countermark/fixtures/calibration';
import { seededRandom } from '@countermark/watermark';
import { PROFILES } from '@countermark/watermark/interop';
import { openSource } from './foreign-calibration/human-source.ts';
import { calibrationOf } from './foreign-calibration/levels.ts';
import {
  chosenTexts,
  NULLS,
  type NullTexts,
  naturalTexts,
  otherKeyTexts,
} from './foreign-calibration/nulls.ts';
import { log10PValueUnder } from './foreign-calibration/p-value.ts';
import { otherKeyWords, randomWords } from './foreign-calibration/processes.ts';
import { type RareShare, rareShare } from './foreign-calibration/rare-level.ts';
import { isSameRow, type Row, readRows, writeRows } from './foreign-calibration/results.ts';
import { writeTable } from './foreign-calibration/table.ts';

const { values } = parseArgs({
  options: {
    profile: { type: 'string' },
    null: { type: 'string' },
    draws: { type: 'string', default: '10000' },
    rare: { type: 'string', default: '2000' },
    continue: { type: 'boolean', default: false },
    print: { type: 'boolean', default: false },
  },
});
const draws = Number(values.draws);
const rareTexts = Number(values.rare);
// A rank among 99 random keys costs as much as a hundred tests, and holds by its construction; no rank among so few comes near 1e-6.
const RANKED_DRAWS = 2000;

const source = await openSource();
const { vocabSize } = source.model;
const marks = [...foreignMarks(vocabSize), ...ownMarks(vocabSize)].filter(
  ({ profile }) => values.profile === undefined || profile === values.profile,
);
const nulls = NULLS.filter((each) => values.null === undefined || each === values.null);
if (marks.length === 0 || nulls.length === 0) throw new Error('no such profile, or no such null');

for (const mark of marks) {
  const isRare = rareTexts > 0 && !isRanked(mark);
  if (nulls.includes('natural')) {
    for (const texts of naturalTexts(mark, source)) {
      measure(texts, isRare ? (seed) => rareShare(randomWords(mark), rareTexts, seed) : undefined);
    }
  }
  if (nulls.includes('other-key')) {
    for (const [i, texts] of otherKeyTexts(mark, source).entries()) {
      measure(texts, isRare && i === 0 ? (seed) => rareOfOtherKeys(mark, seed) : undefined);
    }
  }
}
if (nulls.includes('chosen')) {
  for (const profile of new Set(marks.map((mark) => mark.profile))) {
    for (const texts of chosenTexts(profile)) measure(texts, undefined);
  }
}

function isRanked({ profile }: MarkCase): boolean {
  return PROFILES.some(({ name, basis }) => name === profile && basis === 'rank');
}

function rareOfOtherKeys(mark: MarkCase, seed: string): RareShare {
  const texts = otherKeyWords(mark, `${seed}, other keys`);
  const found = rareShare(texts, rareTexts, seed);
  texts.close();
  return found;
}

function measure(texts: NullTexts, estimate: ((seed: string) => RareShare) | undefined): void {
  const { mark, name, text } = texts;
  const { profile, variant } = mark;
  const seed = `keys, ${profile}, ${variant}, ${name}`;
  const count = isRanked(mark) ? Math.min(draws, RANKED_DRAWS) : draws;
  const place = { profile, variant, null: texts.null, text: name };
  const earlier = values.continue ? readRows().find((each) => isSameRow(each, place)) : undefined;
  if (earlier !== undefined && earlier.draws >= count && !(estimate && earlier.rare === undefined)) return;
  const random = seededRandom(seed);
  const start = performance.now();
  const found = Array.from({ length: count }, (_, i) => log10PValueUnder(() => mark.draw(random), text(i)));
  const tested = performance.now();
  const rare = estimate?.(`${seed}, at 1e-6`);
  const row: Row = {
    ...place,
    seed,
    ...calibrationOf(found),
    ...(rare === undefined ? {} : { rare }),
  };
  console.log(
    [
      profile,
      variant,
      texts.null,
      name,
      ...row.shares.map(({ share, exceeds }) => `${share.toPrecision(3)}${exceeds ? '!' : ''}`),
      `10^${row.smallestLog10PValue.toFixed(1)}`,
      ...(rare === undefined
        ? []
        : [
            `${rare.share.toExponential(2)} ± ${(100 * rare.relativeError).toFixed(0)} % (${rare.effectiveTexts.toFixed(0)} effective, tilt ${rare.tilt.toFixed(2)})`,
          ]),
      `${((tested - start) / 1000).toFixed(0)} s + ${((performance.now() - tested) / 1000).toFixed(0)} s`,
    ].join(' | '),
  );
  if (values.print) return;
  // The order of the first run is kept.
  const rows = readRows();
  const index = rows.findIndex((each) => isSameRow(each, row));
  if (index < 0) rows.push(row);
  else rows[index] = row;
  writeRows(rows);
  writeTable(rows);
}
