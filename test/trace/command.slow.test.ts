import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseKeyFile, SHARE_PRESETS, WatermarkKey } from '@countermark/watermark';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run, runJson } from '../cli/command.ts';
import { demoKey, longAnswer, makeDirectory, writeKey } from '../cli/fixtures.ts';

const directory = makeDirectory();
const path = (name: string): string => join(directory, name);
const write = (name: string, content: string): string => {
  writeFileSync(path(name), content);
  return path(name);
};
const key = writeKey(path('key.json'), await demoKey(0x3c));
const accounts = Array.from({ length: 500 }, (_, i) => `user-${i}@example.org`);
const list = write('accounts.txt', `${accounts.join('\n')}\n`);
const marked = path('marked.txt');
const other = path('other.txt');
const trace = (...args: string[]) => run(['trace', '--key', key, '--accounts', list, ...args]);

beforeAll(async () => {
  const settings = ['--key', key, '--temperature', '0.8', '--account'];
  write('marked.txt', (await longAnswer([...settings, accounts[7]!])).text);
  write('other.txt', (await longAnswer([...settings, accounts[400]!])).text);
}, PATIENCE_MS);

describe('trace', () => {
  it('names the account, says what that means, and shows no other id', async () => {
    const { status, stdout, stderr } = await trace(marked);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /^[^\n]*marked\.txt: 1 account named\n {2}user-7@example\.org {2}p-value \S+ \(log10 -\d+\.\d\d\)\n/,
    );
    expect(stdout).toContain('level    0.001, corrected for 500 accounts\n');
    expect(stdout).toContain('bounds the probability that any account is named whose code had no influence');
    expect(stdout.match(/user-\d+@/g)).toEqual(['user-7@']);
  });

  it('prints one JSON value a text, and one for all of them', async () => {
    const { stdout } = await trace('--format', 'json', marked, other);
    const [first, second, pooled, ...rest] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rest).toEqual([]);
    expect(first).toMatchObject({
      object: 'account-trace',
      scope: 'document',
      input: marked,
      verdict: 'named',
    });
    expect(first.named).toMatchObject([{ account: accounts[7] }]);
    expect(second).toMatchObject({ scope: 'document', input: other });
    expect(second.named).toMatchObject([{ account: accounts[400] }]);
    expect(pooled).toMatchObject({ scope: 'pooled', documents: 2, tests: 1000 });
    expect(pooled).not.toHaveProperty('input');
    expect(pooled.named.map(({ account }: { account: string }) => account).sort()).toEqual([
      accounts[400],
      accounts[7],
    ]);
  });

  it('reads a column of a .csv file, quoted or not', async () => {
    const rows = accounts.map((account, i) => `${i},"${account}","a ""name"", and more"`);
    const csv = write('accounts.csv', `\ufeffid,email,name\r\n${rows.join('\r\n')}\r\n`);
    const args = ['trace', '--key', key, '--accounts', csv, '--format', 'json', marked];
    expect(await runJson([...args, '--column', 'email'])).toMatchObject({
      named: [{ account: accounts[7] }],
      accounts: 500,
    });
    const refusals: [string[], string][] = [
      [[], 'has 3 columns; name the one that holds the accounts with --column'],
      [['--column', 'mail'], 'has no column "mail"; its first line has to name the columns'],
    ];
    for (const [more, message] of refusals) {
      const { status, stdout, stderr } = await run([...args, ...more]);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toContain(message);
    }
  });

  it('takes a list as it is, and says what is odd about it', async () => {
    const odd = write(
      'odd.txt',
      `\ufeff${accounts[7]}\n\n${accounts[7]}\ne\u0301\n \n spaced\nlast without a line feed`,
    );
    const { status, stdout, stderr } = await run([
      ...['trace', '--key', key, '--accounts', odd, '--format', 'json', '--top', '9', marked],
    ]);
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found.accounts).toBe(4);
    expect(found.named).toMatchObject([{ account: accounts[7] }]);
    expect(found.top.map(({ account }: { account: string }) => account).sort()).toEqual(
      [accounts[7], 'e\u0301', ' spaced', 'last without a line feed'].sort(),
    );
    expect(stderr.split('\n')).toEqual([
      `${odd}: 2 blank entries, left out`,
      `${odd}: 1 repeated entry, each account counts once`,
      `${odd}: 1 account, with white space at an end, which is part of the id`,
      `${odd}: 1 account, not in Unicode normal form C, compared byte for byte`,
      '',
    ]);
  });

  it('reads a list of a million accounts from standard input', async () => {
    const many = Array.from({ length: 1_000_000 }, (_, i) => `user-${i}@example.org\n`).join('');
    const { status, stdout } = await run(
      ['trace', '--key', key, '--accounts', '-', '--format', 'json', '--issued', '2000000', marked],
      { input: many },
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      accounts: 1_000_000,
      issued: 2_000_000,
      named: [{ account: accounts[7] }],
    });
  });

  it('calls texts inconclusive that are too short, or not there', async () => {
    const { status, stdout } = await trace(
      '--top',
      '3',
      write('empty.txt', ''),
      write('short.txt', 'A few words.'),
    );
    expect(status).toBe(0);
    expect(stdout.match(/: inconclusive \(too short to name any account at this level\)/g)).toHaveLength(3);
    expect(stdout).not.toContain('user-');
  });

  it.each([
    [['--issued', '499'], '--issued 499 is fewer than the 500 accounts listed'],
    [['--column', 'email'], '--column belongs to a .csv file'],
    [['--alpha', '1'], '--alpha expected 0 < alpha < 1, got 1'],
    [['--top', '0'], 'It is not an integer of at least 1.'],
    [['--format', 'xml'], 'Allowed choices are text, json, html'],
    [['--accounts', path('empty-list.txt')], 'empty-list.txt: holds no account'],
    [['--accounts', path('header-only.csv')], 'header-only.csv: holds no account'],
    [['--accounts', path('broken.csv')], 'broken.csv: row 2 is not comma-separated values'],
    [['--accounts', path('long.txt')], 'long.txt: line 2 is longer than the 256 bytes of an account id'],
    [['--accounts', path('latin1.txt')], 'latin1.txt: not UTF-8 at byte 1'],
    [['--accounts', path('none.txt')], 'none.txt: no such file or directory'],
    [['--key', path('detect.key')], 'this key has no account share'],
  ])('refuses %j in one line', async (args, message) => {
    write('text.txt', 'A text.');
    write('empty-list.txt', '\ufeff\n \n');
    write('header-only.csv', 'email\n');
    write('broken.csv', 'email\n"never closed\n');
    write('long.txt', `fine\n${'é'.repeat(128)}x\n`);
    writeFileSync(path('latin1.txt'), Uint8Array.of(0x61, 0xe9, 0x0a));
    const { params } = await demoKey(1);
    writeKey(path('detect.key'), new WatermarkKey({ ...params, ...SHARE_PRESETS.detect }));
    const { status, stdout, stderr } = await trace(...args, path('text.txt'));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^countermark: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  it('needs a key, accounts and a text', async () => {
    for (const [args, message] of [
      [['--accounts', list, marked], "required option '--key <file>' not specified"],
      [['--key', key, marked], "required option '--accounts <file>' not specified"],
      [['--key', key, '--accounts', list], "missing required argument 'file'"],
    ] as const) {
      const { status, stderr } = await run(['trace', ...args]);
      expect(status).toBe(2);
      expect(stderr).toContain(message);
    }
  });
});

describe('keygen --preset', () => {
  const keygen = (name: string, ...args: string[]) =>
    run(['keygen', '--tokenizer', 'demo', '--out', path(name), ...args]);

  it.each([
    ['detect', { commonShare: 0.9, accountShare: 0 }],
    ['trace', { commonShare: 0.5, accountShare: 0.4 }],
  ])('gives %s its shares', async (preset, shares) => {
    expect((await keygen(`${preset}.json`, '--preset', preset)).status).toBe(0);
    expect(parseKeyFile(readFileSync(path(`${preset}.json`), 'utf8')).params).toMatchObject(shares);
  });

  it('takes a share beside it that is the same, and refuses another', async () => {
    expect((await keygen('same.json', '--preset', 'detect', '--account-share', '0')).status).toBe(0);
    for (const [args, message] of [
      [
        ['--preset', 'detect', '--account-share', '0.4'],
        '--preset detect stands for --account-share 0, not 0.4',
      ],
      [
        ['--preset', 'trace', '--common-share', '0.9'],
        '--preset trace stands for --common-share 0.5, not 0.9',
      ],
      [['--preset', 'both'], 'Allowed choices are detect, trace'],
    ] as const) {
      const { status, stdout, stderr } = await keygen('refused.json', ...args);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toContain(message);
    }
  });
});
