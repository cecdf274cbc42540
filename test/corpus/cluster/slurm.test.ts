import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS } from '../../cli/command.ts';
import { jobOutput, missingSlurm, type SlurmCluster, startSlurm } from './slurm-cluster.ts';
import {
  expectSameResult,
  makeSmallCorpus,
  pathWithCommand,
  READING,
  type SmallCorpus,
} from './small-corpus.ts';
import { named, TEMPLATES } from './templates.ts';

describe.skipIf(missingSlurm !== undefined)(named('the templates for Slurm', missingSlurm), () => {
  let small: SmallCorpus;
  let slurm: SlurmCluster;
  let jobs: string;
  let out: string;

  beforeAll(async () => {
    small = await makeSmallCorpus();
    slurm = await startSlurm(join(small.directory, 'slurm'));
    out = join(small.directory, 'with space', 'out');
    jobs = join(small.directory, 'jobs');
    mkdirSync(jobs);
  }, 2 * PATIENCE_MS);

  afterAll(() => slurm?.stop());

  function submit(program: string, args: readonly string[]): string {
    const env = { ...process.env, ...slurm.env, PATH: pathWithCommand(small.directory) };
    return execFileSync(program, args, { cwd: jobs, env, encoding: 'utf8' });
  }

  it(
    'plan, scan in an array of three and merge to the bytes of one scan',
    async () => {
      const script = join(TEMPLATES, 'slurm', 'submit.sh');
      const said = submit(script, ['3', small.key, out, small.corpus, ...READING]);
      expect(said).toMatch(/^plan \d+, scan \d+, merge \d+\n$/);
      await slurm.settle();
      const logs = readdirSync(jobs);
      expect(existsSync(join(out, 'summary.json')), jobOutput(jobs, logs)).toBe(true);
      expectSameResult(out, small.whole, join(out, 'parts'));
      const [, scan = ''] = /scan (\d+)/.exec(said) ?? [];
      for (const [index, made] of ['2 shards have', '2 shards have', '1 shard has'].entries()) {
        expect(jobOutput(jobs, [`slurm-${scan}_${index}.out`])).toContain(`task ${index} of 3: ${made}`);
      }
    },
    2 * PATIENCE_MS,
  );

  it(
    'make the parts of one index again where only that is submitted',
    async () => {
      const parts = join(out, 'parts');
      for (const shard of [1, 4]) rmSync(join(parts, `part-00000${shard}.cmp`));
      submit('sbatch', ['--array=1', join(TEMPLATES, 'slurm', 'scan.sbatch'), small.key, out, '3']);
      await slurm.settle();
      expectSameResult(out, small.whole, parts);
    },
    2 * PATIENCE_MS,
  );
});
