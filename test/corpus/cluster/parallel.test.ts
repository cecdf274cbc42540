import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS } from '../../cli/command.ts';
import { missingProgram, succeeds } from '../../support/debian.ts';
import {
  expectSameResult,
  makeSmallCorpus,
  pathWithCommand,
  READING,
  type SmallCorpus,
} from './small-corpus.ts';
import { named, TEMPLATES } from './templates.ts';

// moreutils has another program of that name.
const missing = missingProgram(
  () => succeeds('/bin/sh', ['-c', 'parallel --version | grep GNU']),
  ['parallel'],
);

describe.skipIf(missing !== undefined)(named('the script for GNU parallel', missing), () => {
  let small: SmallCorpus;

  beforeAll(async () => {
    small = await makeSmallCorpus();
  }, PATIENCE_MS);

  function parallel(args: readonly string[]): string {
    const env = { ...process.env, PATH: pathWithCommand(small.directory) };
    return execFileSync(join(TEMPLATES, 'parallel.sh'), args, { env, encoding: 'utf8', stdio: 'pipe' });
  }

  it(
    'gives the bytes of one scan, also in a directory with a space',
    () => {
      const out = join(small.directory, 'with space', 'out');
      expect(parallel(['3', small.key, out, small.corpus, ...READING])).toContain('task 2 of 3: 1 shard has');
      expectSameResult(out, small.whole, join(out, 'parts'));
    },
    PATIENCE_MS,
  );

  it(
    'fails, and merges nothing, where a task fails',
    () => {
      const out = join(small.directory, 'failing');
      mkdirSync(join(out, 'parts'), { recursive: true });
      const foreign = join(small.whole, 'parts', 'part-000000.cmp');
      copyFileSync(foreign, join(out, 'parts', 'part-000001.cmp'));
      const args = ['3', small.key, out, small.corpus, ...READING];
      expect(() => parallel(args)).toThrow('belongs to another shard');
      expect(existsSync(join(out, 'summary.json'))).toBe(false);
    },
    PATIENCE_MS,
  );
});
