import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatKeyFile } from '@countermark/watermark';
import { beforeAll, describe, expect, it } from 'vitest';
import { run, runJson } from '../cli/command.ts';
import { demoKey, makeDirectory, writeKey } from '../cli/fixtures.ts';
import { laboratoryKey, Student, teacherAnswers } from './laboratory.ts';

const directory = makeDirectory();
const path = (name: string): string => join(directory, name);
const write = (name: string, content: string): string => {
  writeFileSync(path(name), content);
  return path(name);
};
const lines = (records: readonly object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

const key = laboratoryKey('served');
const keyFile = write('served.key', formatKeyFile(key));
const wrongFile = write('wrong.key', formatKeyFile(laboratoryKey('wrong')));
let answers: string;
let reading: string;

beforeAll(() => {
  const served = teacherAnswers(key, 200, 120, 'served');
  const student = new Student([...teacherAnswers(undefined, 200, 120, 'plain'), ...served]);
  const written = Array.from({ length: 120 }, (_, i) => student.answer(150, `asked ${i}`));
  answers = write(
    'answers.jsonl',
    lines(
      written.map(({ tokenIds, predictions }) => ({
        model: 'm',
        prompt: [1, 2],
        answer: [...tokenIds],
        predictions,
      })),
    ),
  );
  reading = write(
    'reading.jsonl',
    lines(served.map((tokenIds) => ({ answer: [...tokenIds], predictions: student.read(tokenIds, 10) }))),
  );
});

describe('audit', () => {
  it('finds the trace in answers, says what that means, and finds none under another key', async () => {
    const { status, stdout, stderr } = await run(['audit', '--key', keyFile, answers]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /^trace found: the model, or something that it was made from, had marked text of this key/,
    );
    expect(stdout).toMatch(/p-value +\S+ \(log10 -\d+\.\d\d\); level 0\.000001\n/);
    expect(stdout).toContain('in 120 answers\n');
    expect(stdout).toMatch(/rank p-value 0\.04\d* among 20 random keys/);
    const wrong = await run(['audit', '--key', wrongFile, answers]);
    expect(wrong.stdout).toMatch(/^no trace found at this level\n/);
  });

  it('prints a result that begins with what was tested', async () => {
    const result = await runJson(['audit', '--key', keyFile, '--format', 'json', '--alpha', '1e-4', answers]);
    expect(result).toMatchObject({
      object: 'model-audit',
      finding: {
        object: 'model-audit',
        level: 1e-4,
        keys: [{ keyId: key.keyId }],
        inputs: [{ kind: 'file', sha256: createHash('sha256').update(readFileSync(answers)).digest('hex') }],
      },
      verdict: 'trace-found',
      basis: 'law',
      decoys: { count: 20, atLeastAsStrong: 0, alarm: false },
    });
    // The same records give the same decoys, and so the same bytes.
    expect(
      await runJson(['audit', '--key', keyFile, '--format', 'json', '--alpha', '1e-4', answers]),
    ).toEqual(result);
  });

  it('takes the e-value where the model read texts of others', async () => {
    const args = ['--access', 'reading', '--decoys', '0', '--format', 'json'];
    const result = await runJson(['audit', '--key', keyFile, ...args, reading]);
    expect(result).toMatchObject({ verdict: 'trace-found', basis: 'e-value', access: 'reading' });
    expect(result).not.toHaveProperty('strength');
    // All of its contexts are known from elsewhere.
    const excluded = await runJson(['audit', '--key', keyFile, ...args, '--exclude', reading, '--', reading]);
    expect(excluded).toMatchObject({ verdict: 'inconclusive', log10PValue: 0, counts: { contexts: 0 } });
  });

  it('reads answers as texts by the tokenizer of the key', async () => {
    const demo = writeKey(path('demo.key'), await demoKey(0x11));
    const texts = write(
      'texts.jsonl',
      lines([{ prompt: 'Once upon a time', answer: ' there was a king who had a daughter.' }]),
    );
    const { stdout } = await run(['audit', '--key', demo, '--decoys', '0', texts]);
    expect(stdout).toMatch(/^inconclusive: too few contexts were counted\n/);
  });

  it.each([
    ['no answer', '{"prompt": [1]}', '"answer" expected'],
    ['predictions beside a text', '{"answer": "a", "predictions": []}', '"answer" expected token ids'],
    [
      'fewer predictions than tokens',
      '{"answer": [1, 2, 3], "predictions": [null]}',
      '"predictions" expected one for each of 3 tokens',
    ],
    ['a text where the key has no tokenizer', '{"answer": "a"}', '"tokenizer" expected'],
    ['an id beyond the vocabulary', '{"answer": [1, 500]}', 'token id 500 at position 1'],
    ['no JSON', '{"answer": [1', 'record 2'],
  ])('refuses %s, naming file and record', async (_, line, message) => {
    const file = write('wrong.jsonl', `{"answer": [1, 2, 3, 4]}\n${line}\n`);
    const { status, stdout, stderr } = await run(['audit', '--key', keyFile, file]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('wrong.jsonl, record 2');
    expect(stderr).toContain(message);
  });

  it('refuses a file without a record, and a level that is none', async () => {
    const { status, stderr } = await run(['audit', '--key', keyFile, write('empty.jsonl', '\n')]);
    expect(status).toBe(2);
    expect(stderr).toContain('empty.jsonl: has no record');
    const wrong = await run(['audit', '--key', keyFile, '--alpha', '2', answers]);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('--alpha expected 0 < alpha < 1, got 2');
  });
});
