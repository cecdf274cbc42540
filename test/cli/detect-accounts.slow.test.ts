/** `detect --accounts` as people call it: a short text in which only common and account slots together show the mark. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoModelFiles } from '@countermark/demo-model';
import { Detector } from '@countermark/detector';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run, runJson } from './command.ts';
import { demoKey, longAnswer, makeDirectory, writeKey } from './fixtures.ts';

const directory = makeDirectory();
const path = (name: string): string => join(directory, name);
const own = await demoKey(0x51);
const key = writeKey(path('key.json'), own);
const accounts = Array.from({ length: 200 }, (_, i) => `user-${i}@example.org`);
const marked = path('marked.txt');
const list = path('accounts.txt');
let text = '';

beforeAll(async () => {
  ({ text } = await longAnswer(['--key', key, '--temperature', '0.8', '--account', accounts[7]!]));
  writeFileSync(marked, text);
  // Twice, and with an empty line: an account counts once.
  writeFileSync(list, `${accounts.join('\n')}\n\n${accounts[3]}\n`);
  writeFileSync(path('accounts.csv'), `id,name\n${accounts.map((id, i) => `${id},"n, ${i}"`).join('\n')}\n`);
}, PATIENCE_MS);

const detect = (...args: string[]) => run(['detect', '--key', key, ...args, marked]);

describe('detect --accounts', () => {
  it('tests common and account slots together, says what that cost, and names nobody', async () => {
    const { status, stdout, stderr } = await detect('--accounts', list);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/repeated|twice|once/i) });
    expect(stdout).toContain('200');
    expect(stdout).not.toMatch(/user-\d/);
  });

  it('prints the figures that the library computes, from a list or a column', async () => {
    const tokenizers = [await openTokenizer(demoModelFiles().tokenizer)];
    const alone = new Detector([own], { tokenizers });
    const detector = new Detector([own], { tokenizers, accounts: { ids: accounts, issued: 1000 } });
    const [common, wanted] = [alone.detect(text), detector.detect(text)];
    for (const given of [
      ['--accounts', list],
      ['--accounts', path('accounts.csv'), '--column', 'id'],
    ]) {
      const found = await runJson([
        'detect',
        '--key',
        key,
        ...given,
        '--issued',
        '1000',
        '--format',
        'json',
        marked,
      ]);
      expect(found).toMatchObject({ ...wanted });
    }
    const { accountSlots, log10PValue } = wanted;
    expect(accountSlots).toMatchObject({ accounts: 200, issued: 1000 });
    // The slots say more than a thousand accounts cost.
    expect(log10PValue).toBeLessThan(common.log10PValue);
    detector.close();
    alone.close();
    for (const tokenizer of tokenizers) tokenizer.close();
  });

  it('is refused with a key without account slots, a column of no table, and fewer issued than are listed', async () => {
    for (const [args, fault] of [
      [['--issued', '5'], /--issued belongs to --accounts/],
      [['--accounts', list, '--column', 'id'], /--column belongs to a \.csv file/],
      [['--accounts', list, '--issued', '5'], /issued/],
      [['--accounts', path('none.txt')], /none\.txt/],
    ] as const) {
      const { status, stderr } = await detect(...args);
      expect(status).toBe(2);
      expect(stderr).toMatch(fault);
    }
  });
});
