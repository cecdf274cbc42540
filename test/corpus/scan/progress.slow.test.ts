import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMAND } from '../../cli/command.ts';
import { makeDirectory } from '../../cli/fixtures.ts';
import { runOnTerminal, screenAfter } from '../../support/terminal.ts';
import { scanArgs, succeed, writeCorpus } from './runs.ts';

const FILES = 6;
const DOCUMENTS = 300;

const directory = makeDirectory();
const corpus = writeCorpus(directory, { files: FILES, documents: DOCUMENTS, tokens: 700, marked: 2 });
const scan = (out: string): string[] => scanArgs(corpus, join(directory, out), '--threads', '1');

const LONG =
  /^(\d+) %(?:, (?:\d+ s|\d+ min|[\d.]+ h) left)?: (\d+) of 6 shards, ([\d,]+) documents?, (\d+) of them at p ≤ 1e-6, [\d.]+ MB\/s, [\d,]+ tokens\/s$/;
const SHORT =
  /^(\d+) %(?:, (?:\d+ s|\d+ min|[\d.]+ h) left)?: ([\d.]+[KM]?) documents?, (\d+) at p ≤ 1e-6, [\d.]+ MB\/s, [\d.]+[KM]? tokens\/s$/;

/** The lines that were written over each other. */
function drawn(written: string): string[] {
  return written
    .split('\r\u001b[K')
    .slice(1)
    .map((line) => line.split('\r\n')[0] ?? '');
}

describe('the progress of a scan', () => {
  it.each([
    [160, 160, LONG, /^100 %: 6 of 6 shards, 1,800 documents, 2 of them at p ≤ 1e-6, /],
    [80, 80, SHORT, /^100 %: 1\.8K documents, 2 at p ≤ 1e-6, /],
    // A terminal that does not say is taken for one of 80.
    [0, 80, SHORT, /^100 %: 1\.8K documents, 2 at p ≤ 1e-6, /],
  ])('is one line, drawn again and again, on a terminal of %d columns', async (said, columns, form, last) => {
    const { status, stdout, written } = await runOnTerminal(said, [
      process.execPath,
      COMMAND,
      ...scan(`out-${said}`),
    ]);
    expect(status, written).toBe(0);
    expect(stdout).toMatch(/^corpus: detected /);
    const lines = drawn(written);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) {
      expect(line).toMatch(form);
      expect(line.length).toBeLessThan(columns);
    }
    expect(lines.some((line) => line.includes(' left: '))).toBe(true);
    const shares = lines.map((line) => Number(form.exec(line)?.[1]));
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    // What stays: the last one, whole, and nothing of the others.
    const screen = screenAfter(written, columns);
    expect(screen.filter((line) => line.includes(' tokens/s'))).toEqual([expect.stringMatching(last)]);
    expect(screen.at(-1)).toBe('');
  });

  it('is cut where a terminal is narrower than what there is to say', async () => {
    const { written } = await runOnTerminal(30, [process.execPath, COMMAND, ...scan('narrow')]);
    const lines = drawn(written);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) {
      expect(line).toMatch(/^\d+ %.*…$/);
      expect(line).toHaveLength(29);
    }
    expect(screenAfter(written, 30).filter((line) => / %/.test(line))).toEqual([
      expect.stringMatching(/^100 %: /),
    ]);
  });

  it('is in plain lines, if in any, where standard error is no terminal', async () => {
    const { stderr } = await succeed(scan('plain'));
    expect(stderr).toMatch(/\n$/);
    expect(stderr).not.toMatch(/[^\P{Cc}\n]/u);
  });
});
