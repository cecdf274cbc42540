/** Every option of a scan that cannot be meant is refused with status 2, before any work. */
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createParams, seededRandom, WatermarkKey } from '@countermark/watermark';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run } from '../cli/command.ts';
import { makeDirectory, writeKey } from '../cli/fixtures.ts';
import { keyFrom, randomIds } from '../support/random-key.ts';

const cwd = makeDirectory();
const key = keyFrom(1, 1000);
writeKey(join(cwd, 'a.key'), key);
writeKey(join(cwd, 'same.key'), key);
writeKey(join(cwd, 'b.key'), keyFrom(2, 1000));
const tokenizer = { name: 'other', vocabSize: 1000, fingerprint: '1'.repeat(64) };
writeKey(join(cwd, 'foreign.key'), new WatermarkKey(createParams({ tokenizer })));
writeKey(join(cwd, 'detect.key'), keyFrom(3, 1000, { commonShare: 0.9, accountShare: 0 }));
writeFileSync(join(cwd, 'accounts.txt'), 'one\ntwo\n');
writeFileSync(join(cwd, 'accounts.csv'), 'a,b\none,1\n');
mkdirSync(join(cwd, 'corpus'));
mkdirSync(join(cwd, 'empty'));
writeFileSync(join(cwd, 'corpus/ids.bin'), Uint16Array.from(randomIds(seededRandom(1), 2000, 1000)));
writeFileSync(join(cwd, 'texts.jsonl'), '{"text":"A text."}\n');
writeFileSync(join(cwd, 'odd.jsonl'), '{"number":1}\n');
writeFileSync(join(cwd, 'unknown'), Uint8Array.of(0, 1, 2, 3));
const countermark = (line: string, input = '') => run(line.split(' '), { cwd, input });

beforeAll(async () => {
  const { status, stderr } = await countermark('plan --key a.key corpus --out planned');
  expect(status, stderr).toBe(0);
  await countermark('scan --key a.key --manifest planned/manifest.json');
}, PATIENCE_MS);

describe.each([
  ['scan corpus', "required option '--key <file>' not specified"],
  ['scan --key a.key', 'nothing to scan: give paths, or --manifest, or --stdin and --stdout'],
  ['plan --key a.key', 'nothing to scan: no path was given'],
  ['merge --key a.key', "required option '--manifest <file>' not specified"],
  ['status', "required option '--manifest <file>' not specified"],
  ['scan --key none.key corpus', 'none.key: no such file or directory'],
  ['scan --key a.key nowhere', 'nowhere: no such file or directory'],
  ['scan --key a.key empty', 'empty: there is no file of a known format'],
  ['scan --key a.key *.csvv', '*.csvv: no file matches'],
  ['scan --key a.key unknown', 'name it with --input-format'],
  ['scan --key a.key odd.jsonl', 'name one with --field or --ids-field, or the format with --input-format'],
  ['scan --key a.key texts.jsonl', 'name its tokenizer.json with --tokenizer'],
  ['scan --key a.key --key foreign.key corpus', 'token ids belong to one tokenizer'],
  ['scan --key a.key --key same.key corpus', `same.key: key ${key.keyId} was given before`],
  ['plan --key a.key --key same.key corpus', `same.key: key ${key.keyId} was given before`],
  ['scan --key a.key corpus --alpha 1', '--alpha expected a level between 0 and 1, got 1'],
  ['plan --key a.key corpus --fdr 0', '--fdr expected a level between 0 and 1, got 0'],
  ['scan --key a.key corpus --sample 0', '--sample expected a share above 0 and at most 1, got 0'],
  ['plan --key a.key corpus --sample 1.5', '--sample expected a share above 0 and at most 1, got 1.5'],
  ['scan --key a.key corpus --seed 12', '--seed takes 64 lowercase hex digits'],
  ['scan --key a.key corpus --field a --ids-field b', 'give either --field or --ids-field'],
  ['scan --key a.key corpus --time-limit 0', '--time-limit expected a number above 0, got 0'],
  ['scan --key a.key corpus --threads 0', 'It is not an integer of at least 1.'],
  ['scan --key a.key corpus --min-tokens 0', 'It is not an integer of at least 1.'],
  ['scan --key a.key corpus --id-bytes 3', 'Allowed choices are 2, 4.'],
  ['scan --key a.key corpus --input-format xml', 'Allowed choices are '],
  ['scan --key a.key corpus --format html', 'Allowed choices are text, json.'],
  ['scan --key a.key corpus --issued 3', 'belong to --accounts'],
  ['scan --key a.key corpus --column a', 'belong to --accounts'],
  ['scan --key a.key corpus --account-alpha 0.1', 'belong to --accounts'],
  ['merge --key a.key --manifest planned/manifest.json --issued 3', 'belong to --accounts'],
  ['scan --key a.key corpus --accounts accounts.txt --issued 1', 'fewer than the 2 accounts listed'],
  ['scan --key a.key corpus --accounts accounts.txt --account-alpha 0', '--account-alpha expected a level'],
  [
    'scan --key a.key corpus --accounts accounts.csv',
    'accounts.csv: has 2 columns; name the one that holds the accounts with --column',
  ],
  ['scan --key detect.key corpus --accounts accounts.txt', 'no key has an account share'],
  ['scan --key a.key corpus --task 0 --tasks 2', '--task and --tasks belong to --manifest'],
  ['scan --key a.key corpus --parts elsewhere', '--parts belongs to --manifest'],
  ['scan --key a.key corpus --manifest planned/manifest.json', 'give paths or --manifest'],
  ['scan --key a.key --manifest planned/manifest.json --task 1', '--task needs --tasks'],
  ['scan --key a.key --manifest planned/manifest.json --tasks 2', '--tasks needs --task'],
  ['scan --key a.key --manifest planned/manifest.json --task 2 --tasks 2', 'task 2 is not one of 0 … 1'],
  ['scan --key a.key --manifest planned/manifest.json --stop', '--stop needs to see all shards'],
  ['scan --key a.key --manifest planned/manifest.json --accounts accounts.txt', 'belongs to merge'],
  ['scan --key a.key --manifest planned/manifest.json --alpha 0.1', '--alpha does not go with --manifest'],
  ['scan --key a.key --manifest planned/manifest.json --out x', '--out does not go with --manifest'],
  ['scan --key a.key --manifest none.json', 'none.json: no such file or directory'],
  ['scan --key a.key --stdin', '--stdin and --stdout go together'],
  ['scan --key a.key --stdout', '--stdin and --stdout go together'],
  ['scan --key a.key --stdin --stdout corpus', '--stdin and --stdout go together, and without paths'],
  ['scan --key a.key --stdin --stdout --manifest planned/manifest.json', 'without paths or a plan'],
  ['scan --key a.key --stdin --stdout --alpha 0.1', '--alpha does not go with --stdin and --stdout'],
  ['scan --key a.key --stdin --stdout --stop', '--stop does not go with --stdin and --stdout'],
  ['scan --key a.key --stdin --stdout --accounts accounts.txt', '--accounts does not go with --stdin'],
  ['plan --key a.key corpus --out planned --alpha 0.1', 'planned/manifest.json: holds another plan'],
  ['scan --key a.key corpus --out planned --alpha 0.1', 'planned/manifest.json: holds a scan of other files'],
])('countermark %s', (line, message) => {
  it('is refused in one last line with status 2', async () => {
    const { status, stdout, stderr } = await countermark(line);
    expect({ status, stdout }, stderr).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/(?:^|\n)countermark: [^\n]+\n$/);
    expect(stderr).toContain(message);
    expect(existsSync(join(cwd, 'countermark-scan'))).toBe(false);
  });
});

describe('a key that the plan does not have', () => {
  it.each([
    'scan --key b.key --manifest planned/manifest.json',
    'scan --key a.key --key b.key --manifest planned/manifest.json',
    'merge --key b.key --manifest planned/manifest.json',
  ])('is told with status 4, also where nothing is left to do: %s', async (line) => {
    const { status, stdout, stderr } = await countermark(line);
    expect({ status, stdout }).toEqual({ status: 4, stdout: '' });
    expect(stderr).toMatch(
      /countermark: the scan is (?:not )?of key [0-9a-f]{32}(?:, which was not given)?\n$/,
    );
  });
});

it('tells in which file no manifest is', async () => {
  expect(await countermark('status --manifest texts.jsonl')).toEqual({
    status: 4,
    stdout: '',
    stderr: expect.stringMatching(/^countermark: texts\.jsonl: not a manifest of a scan: [^\n]+\n$/),
  });
});

it('leaves out its own files where the result lies in the corpus', async () => {
  mkdirSync(join(cwd, 'within'));
  writeFileSync(join(cwd, 'within/ids.bin'), Uint16Array.from(randomIds(seededRandom(2), 500, 1000)));
  const scan = 'scan --key a.key within --out within/result --format json';
  const first = await countermark(scan);
  const second = await countermark(scan);
  expect(first.status, first.stderr).toBe(0);
  expect({ ...second, stderr: '' }).toEqual({ ...first, stderr: '' });
  expect(second.stderr).toContain("within/result: this scan's own files are left out\n");
});

it('leaves out its own files only, where the result lies beside the corpus or in its directory', async () => {
  const place = join(cwd, 'beside');
  mkdirSync(place);
  for (const name of ['a', 'b']) copyFileSync(join(cwd, 'corpus/ids.bin'), join(place, `${name}.bin`));
  const scan = 'scan --key a.key beside --out beside --format json';
  const first = await countermark(scan);
  expect(first.status, first.stderr).toBe(0);
  expect(JSON.parse(first.stdout).files).toHaveLength(2);
  const second = await countermark(scan);
  expect(second.stdout).toBe(first.stdout);
});

it('refuses to replace an input by its result', async () => {
  const place = join(cwd, 'taken');
  mkdirSync(place);
  copyFileSync(join(cwd, 'texts.jsonl'), join(place, 'documents.parquet'));
  expect(await countermark('scan --key a.key taken --out taken')).toEqual({
    status: 2,
    stdout: '',
    stderr:
      'countermark: taken/documents.parquet: is among the inputs, and the result would go there; give another --out\n',
  });
});

it('says what a task did as JSON where that was asked for', async () => {
  const { stdout } = await countermark('scan --key a.key --manifest planned/manifest.json --format json');
  const parts = join('planned', 'parts');
  expect(JSON.parse(stdout)).toEqual({ object: 'scan-task', task: 0, tasks: 1, shards: [0], parts });
});
