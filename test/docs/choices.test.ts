/** The exact figures of docs/choices.md are what the library computes. */
import { readFileSync } from 'node:fs';
import { gammaTailLog10 } from '@countermark/detector/stats';
import { DEFAULT_PARAMS } from '@countermark/watermark';
import { expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/choices.md', import.meta.url), 'utf8');

it('shows the mean score that reaches 1e-6, rounded up', () => {
  const needed = [20, 30, 50, 100, 200, 400].map((scored) => {
    let hundredths = 100;
    while (gammaTailLog10(scored, (scored * hundredths) / 100) > -6) hundredths++;
    return hundredths / 100;
  });
  const row = page.split('\n').find((line) => line.startsWith('| mean score needed')) ?? '';
  const shown = row.split('|').slice(2, -1).map(Number);
  expect(shown).toEqual(needed);
});

it('names the defaults that the library has', () => {
  expect(page).toContain(`## Context width: ${DEFAULT_PARAMS.contextWidth}`);
  expect(page).toContain(`common ${DEFAULT_PARAMS.commonShare}, account ${DEFAULT_PARAMS.accountShare}`);
});
