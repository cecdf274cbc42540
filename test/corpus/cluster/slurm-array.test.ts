import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run } from '../../cli/command.ts';
import { makeSmallCorpus, READING, type SmallCorpus, succeed } from './small-corpus.ts';

describe('countermark scan in an array of Slurm', () => {
  let small: SmallCorpus;
  let scan: string[];

  beforeAll(async () => {
    small = await makeSmallCorpus();
    await succeed(['plan', small.corpus, '--key', small.key, '--out', small.directory, ...READING]);
    scan = ['scan', '--manifest', join(small.directory, 'manifest.json'), '--key', small.key];
  }, PATIENCE_MS);

  const array = (id: number, first: number, count: number): Record<string, string> => ({
    SLURM_ARRAY_TASK_ID: `${id}`,
    SLURM_ARRAY_TASK_MIN: `${first}`,
    SLURM_ARRAY_TASK_COUNT: `${count}`,
  });

  it('counts from the first index where the array is all there is', async () => {
    expect(await succeed(scan, array(4, 3, 2))).toContain('task 1 of 2: ');
  });

  it('takes the index as it is with --tasks, as of an array of which some run again', async () => {
    expect(await succeed([...scan, '--tasks', '5'], array(4, 3, 2))).toContain('task 4 of 5: ');
  });

  it('refuses an index beyond --tasks', async () => {
    const { status, stderr } = await run([...scan, '--tasks', '5'], { env: array(5, 1, 5) });
    expect({ status, stderr }).toEqual({ status: 2, stderr: 'countermark: task 5 is not one of 0 … 4\n' });
  });
});
