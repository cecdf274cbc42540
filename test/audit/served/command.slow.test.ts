import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { formatKeyFile } from '@countermark/watermark';
import { beforeAll, describe, expect, it } from 'vitest';
import { run, runJson } from '../../cli/command.ts';
import { demoKey, makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { Student } from '../laboratory.ts';
import { answersTo, GROUPS, groupsKey, VOCABULARY } from './groups.ts';

interface SetFigures {
  readonly sha256: string;
  readonly contexts: number;
}

const directory = makeDirectory();
const path = (name: string): string => join(directory, name);
const lines = (records: readonly object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

const key = groupsKey('command');
const keyFile = path('vendor.key');
const groups = GROUPS.slice(0, 6);
const guilty = groups[2]!;
const logs = path('logs');
const answers = path('answers.jsonl');

beforeAll(() => {
  writeFileSync(keyFile, formatKeyFile(key));
  writeFileSync(path('other.key'), formatKeyFile(groupsKey('another')));
  mkdirSync(logs);
  const served = groups.map((group) => ({ group, texts: answersTo(group, key, 30, 100, 'command') }));
  for (const [i, { group, texts }] of served.entries()) {
    const text = lines(texts.map((tokenIds) => ({ user: { account: group }, ids: [...tokenIds] })));
    if (i % 2 === 0) writeFileSync(join(logs, `day-${i}.jsonl`), text);
    else writeFileSync(join(logs, `day-${i}.jsonl.gz`), gzipSync(text));
  }
  const student = new Student(
    [...groups.flatMap((group) => answersTo(group, undefined, 20, 100, 'plain')), ...served[2]!.texts],
    VOCABULARY,
  );
  writeFileSync(
    answers,
    lines(
      Array.from({ length: 60 }, (_, i) => {
        const { tokenIds, predictions } = student.answer(150, `asked ${i}`);
        return { prompt: [1, 2], answer: [...tokenIds], predictions };
      }),
    ),
  );
});

const reading = ['--ids-field', 'ids', '--by', 'user.account'];
const built = (out: string, ...args: string[]): string[] => [
  'contexts',
  'build',
  '--key',
  keyFile,
  '--out',
  path(out),
  ...reading,
  ...args,
];

describe('contexts', () => {
  it('builds a set of logs in whatever pieces, and the audit names the group that fed the model', async () => {
    const whole = (await runJson(built('whole.contexts', '--format', 'json', logs))) as SetFigures;
    expect(whole).toMatchObject({
      object: 'context-set',
      keyId: key.keyId,
      params: key.fingerprint,
      bits: 40,
      answers: 180,
      texts: 0,
      tokens: 18_000,
      failed: 0,
      groups,
    });
    const bytes = readFileSync(path('whole.contexts'));
    expect(whole).toMatchObject({
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(existsSync(path('whole.contexts.parts'))).toBe(false);
    // One thread and one file at a time, and the union.
    for (const name of [1, 0, 5, 4, 2, 3]) {
      const file = join(logs, `day-${name}.jsonl${name % 2 === 0 ? '' : '.gz'}`);
      expect((await run(built(`day-${name}.contexts`, '--threads', '1', file))).status).toBe(0);
    }
    const merge = await run([
      'contexts',
      'merge',
      '--out',
      path('merged.contexts'),
      ...[3, 0, 1, 2, 5, 4].map((name) => path(`day-${name}.contexts`)),
    ]);
    expect(merge.status).toBe(0);
    expect(merge.stdout).toMatch(/^[\d,]+ contexts of 180 answers, 18,000 tokens\n/);
    expect(readFileSync(path('merged.contexts'))).toEqual(bytes);

    const audit = ['audit', '--key', keyFile, '--served', path('whole.contexts')];
    const result = (await runJson([...audit, '--min-contexts', '100', '--format', 'json', answers])) as {
      groups: { ranked: { name: string; named: boolean }[] };
    };
    expect(result).toMatchObject({
      verdict: 'trace-found',
      basis: 'e-value',
      finding: { inputs: [{ name: answers }, { kind: 'file', sha256: whole.sha256 }] },
      served: { answers: 180, texts: 0, failed: 0, bits: 40, contexts: whole.contexts },
      groups: { tested: 6, named: 1 },
      decoys: { count: 20, atLeastAsStrong: 0, alarm: false },
    });
    expect(result.groups.ranked.filter(({ named }) => named).map(({ name }) => name)).toEqual([guilty]);
    const said = await run([...audit, '--min-contexts', '100', answers]);
    expect(said.stdout).toContain('  groups   1 of 6 named, corrected for all of them\n');
    expect(said.stdout).toMatch(new RegExp(`NAMED: ${guilty}, corrected p \\S+, \\d+ contexts\n`));
  });

  it('goes on after an interruption, makes damaged parts again, and refuses those of another build', async () => {
    const out = 'again.contexts';
    const parts = path(`${out}.parts`);
    // What a build leaves behind that ends before its union: here a place that cannot be written.
    mkdirSync(path(out));
    expect((await run(built(out, '--force', logs))).status).not.toBe(0);
    expect(existsSync(parts)).toBe(true);
    const part = join(parts, 'shard-000003-40.contexts');
    const whole = readFileSync(part);
    writeFileSync(part, whole.subarray(0, whole.length - 1));
    const other = await run(built(out, '--force', join(logs, 'day-0.jsonl')));
    expect(other).toMatchObject({ status: 2, stdout: '' });
    expect(other.stderr).toContain('holds parts of a set of other files or settings');
    const again = path('free.contexts');
    expect((await run(['contexts', 'show', part])).status).toBe(4);
    const { status } = await run(built('free.contexts', logs));
    expect(status).toBe(0);
    // Into the place that was taken nothing goes, but the damaged part is made again.
    const resumed = await run(built(out, '--force', logs));
    expect(resumed.stderr).toContain('5 of 6 shards are done already');
    expect(readFileSync(part)).toEqual(whole);
    expect(existsSync(again)).toBe(true);
  });

  it('counts what cannot be read, and answers that are texts', async () => {
    const demo = writeKey(path('demo.key'), await demoKey(0x11));
    const file = path('texts.jsonl');
    writeFileSync(
      file,
      `${lines([{ text: 'Once upon a time there was a king.' }, { text: 'He had a daughter.' }])}{"text": 3\n`,
    );
    const set = path('texts.contexts');
    const result = await runJson([
      'contexts',
      'build',
      '--key',
      demo,
      '--out',
      set,
      '--format',
      'json',
      file,
    ]);
    expect(result).toMatchObject({ answers: 2, texts: 2, failed: 1 });
    expect(result).not.toHaveProperty('groups');
    const { stdout } = await run(['contexts', 'show', set]);
    expect(stdout).toContain('2 answers without token ids');
    expect(stdout).toContain('1 record could not be read');
  });

  it('refuses sets of other keys, damaged ones, files that are there, and sets that do not go together', async () => {
    const set = path('refused.contexts');
    expect((await run(built('refused.contexts', logs))).status).toBe(0);
    const other = await run(['audit', '--key', path('other.key'), '--served', set, answers]);
    expect(other).toMatchObject({ status: 4, stdout: '' });
    expect(other.stderr).toContain('refused.contexts: holds contexts of key');
    const there = await run(built('refused.contexts', logs));
    expect(there).toMatchObject({ status: 2, stdout: '' });
    expect(there.stderr).toContain('--force replaces it');
    const bytes = readFileSync(set);
    bytes[40]! ^= 1;
    writeFileSync(path('damaged.contexts'), bytes);
    for (const args of [
      ['contexts', 'show', path('damaged.contexts')],
      ['audit', '--key', keyFile, '--served', path('damaged.contexts'), answers],
      ['contexts', 'merge', '--out', path('never'), set, path('damaged.contexts')],
    ]) {
      const damaged = await run(args);
      expect(damaged).toMatchObject({ status: 4, stdout: '' });
      expect(damaged.stderr).toContain('damaged.contexts: cannot be used as a set of contexts');
    }
    expect((await run(built('narrow.contexts', '--bits', '36', logs))).status).toBe(0);
    const unfit = await run(['contexts', 'merge', '--out', path('never'), set, path('narrow.contexts')]);
    expect(unfit).toMatchObject({ status: 4, stdout: '' });
    expect(unfit.stderr).toContain('the sets have different numbers of bits: 40 and 36');
    const twice = await run(['contexts', 'merge', '--out', path('never'), set, set]);
    expect(twice.status).toBe(2);
    expect(existsSync(path('never'))).toBe(false);
    const bits = await run(built('never', '--bits', '49', logs));
    expect(bits.status).toBe(2);
    expect(bits.stderr).toContain('--bits expected');
  });

  it('says that there are too many groups for the bits', async () => {
    const file = path('accounts.jsonl');
    writeFileSync(
      file,
      lines(Array.from({ length: 40 }, (_, i) => ({ user: { account: `a${i}` }, ids: [1, 2, 3, 4] }))),
    );
    const { status, stdout, stderr } = await run(built('accounts.contexts', '--bits', '48', file));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('more than 31 groups');
  });
});
