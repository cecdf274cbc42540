import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatKeyFile } from '@countermark/watermark';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { run, runJson } from '../cli/command.ts';
import { makeDirectory } from '../cli/fixtures.ts';
import { laboratoryKey, Student, teacherAnswers } from './laboratory.ts';

const directory = makeDirectory();
const path = (name: string): string => join(directory, name);
const key = laboratoryKey('parquet');
writeFileSync(path('served.key'), formatKeyFile(key), { mode: 0o600 });

const LIST = { repetition_type: 'REPEATED' } as const;
/** The schema of a column of lists of lists. */
const nested = (name: string, type: 'INT32' | 'DOUBLE') =>
  [
    { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
    { name: 'list', ...LIST, num_children: 1 },
    { name: 'element', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
    { name: 'list', ...LIST, num_children: 1 },
    { name: 'element', repetition_type: 'OPTIONAL', type },
  ] as const;
const flat = (name: string) =>
  [
    { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
    { name: 'list', ...LIST, num_children: 1 },
    { name: 'element', repetition_type: 'OPTIONAL', type: 'INT64' },
  ] as const;

function write(
  name: string,
  answers: readonly Uint32Array[],
  ids: readonly (number[] | null)[][],
  probabilities: readonly (number[] | null)[][],
): string {
  const bytes = parquetWriteBuffer({
    columnData: [
      { name: 'answer', data: answers.map((answer) => Array.from(answer, BigInt)) },
      { name: 'predictions_ids', data: [...ids] },
      { name: 'predictions_probabilities', data: [...probabilities] },
    ],
    schema: [
      { name: 'root', num_children: 3 },
      ...flat('answer'),
      ...nested('predictions_ids', 'INT32'),
      ...nested('predictions_probabilities', 'DOUBLE'),
    ],
  });
  writeFileSync(path(name), new Uint8Array(bytes));
  return path(name);
}

describe('predictions in Parquet', () => {
  const served = teacherAnswers(key, 40, 60, 'served');
  const student = new Student(served);
  const read = served.map((ids) => student.read(ids, 5).map((list, i) => (i === 0 ? undefined : list)));
  const args = [
    'audit',
    '--key',
    path('served.key'),
    '--access',
    'reading',
    '--min-contexts',
    '50',
    '--decoys',
    '0',
    '--format',
    'json',
  ];

  it('are read as those in JSON Lines', async () => {
    const lines = served.map((ids, i) =>
      JSON.stringify({ answer: [...ids], predictions: read[i]?.map((list) => list ?? null) }),
    );
    writeFileSync(path('read.jsonl'), `${lines.join('\n')}\n`);
    const table = write(
      'read.parquet',
      served,
      read.map((lists) => lists.map((list) => list?.map(([id]) => id) ?? null)),
      read.map((lists) => lists.map((list) => list?.map(([, p]) => p) ?? null)),
    );
    const [json, parquet] = [await runJson([...args, path('read.jsonl')]), await runJson([...args, table])];
    expect(json).toMatchObject({ verdict: 'trace-found' });
    expect({ ...(parquet as object), finding: null }).toEqual({ ...(json as object), finding: null });
  });

  it('are refused where the lists are not alike, and where the file is damaged, naming the row', async () => {
    const unlike = write('unlike.parquet', [Uint32Array.of(1, 2)], [[null, [1, 2]]], [[null, [0.5]]]);
    const { status, stderr } = await run([...args, unlike]);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining('unlike.parquet, row 1: "predictions_probabilities" expected as many'),
    });
    writeFileSync(path('cut.parquet'), 'PAR1 and no more');
    const cut = await run([...args, path('cut.parquet')]);
    expect(cut.status).toBe(2);
    expect(cut.stderr).toContain('has no Parquet footer');
  });
});
