import { readFileSync } from 'node:fs';
import {
  CHECK_NAMES,
  checkResult,
  correctDocuments,
  findingInput,
  findingOf,
  usedSoftware,
} from '@countermark/detector';
import { describe, expect, it } from 'vitest';
import { GUMBEL, markedLetters, resultOf } from '../check/cases.ts';

const page = readFileSync(new URL('../../docs/evidence.md', import.meta.url), 'utf8');

/** The names in the first column of the table that is headed so. */
function firstColumn(heading: string): string[] {
  const [, rows = ''] = page.split(`| ${heading} |`);
  const [table = ''] = rows.split('\n\n');
  return Array.from(table.matchAll(/^\| (`[^|]+) \|/gm), ([, cell = '']) => cell).flatMap((cell) =>
    Array.from(cell.matchAll(/`([^`]+)`/g), ([, name = '']) => name),
  );
}

describe('docs/evidence.md', () => {
  const { key, text, given } = GUMBEL;

  it('describes every check, in the order in which they are made', () => {
    const options = { regions: true, accounts: { ids: ['ada', 'grace'] } };
    const searched = resultOf([key], text, options);
    const [result] = correctDocuments([
      searched.result,
      resultOf([key], markedLetters(key, 300, 'second'), options).result,
    ]);
    if (result === undefined) throw new Error('there is no result');
    const { alpha: level, keys } = result;
    const inputs = [findingInput(text)];
    const finding = findingOf('detection', { level, keys, inputs, software: usedSoftware('1.2.3') });
    const { checks } = checkResult({ ...searched, result, finding, commitment: key.commitment });
    expect(checks.map(({ name }) => name)).toEqual([...CHECK_NAMES]);
    expect(firstColumn('check | passes if')).toEqual([...CHECK_NAMES]);
  });

  it('describes members that results have', () => {
    const members = firstColumn('member of the result | what for');
    // The command adds these three.
    const held = [...Object.keys(given.result), 'finding', 'software', 'evidence'];
    expect(members.length).toBeGreaterThan(8);
    expect(members.filter((name) => !held.includes(name))).toEqual([]);
  });
});
