import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContextSet, ContextSetError } from '@countermark/audit';
import { formatManifest, type Manifest, manifestDigest } from '@countermark/corpus';
import { MANIFEST, ShardRunner, writePlan } from '@countermark/corpus/driver';
import { programBeside } from '@countermark/host';
import { removeStale } from '@countermark/host/files';
import { CommandError } from '../command-error.ts';
import { counted } from '../counted.ts';
import { interruptible } from '../interrupt.ts';
import { existingManifest } from '../scan/manifest-file.ts';
import { Progress } from '../scan/progress.ts';
import {
  CONTEXTS_COUNTERS,
  type ContextsCounter,
  type ContextsOutcome,
  type ContextsSetup,
  shardSetName,
} from './contexts-program.ts';
import { readContextSet } from './open-set.ts';
import { writeMergedSet } from './write-merged-set.ts';

/** How a set is built. */
export interface SetBuild extends Pick<ContextsSetup, 'keyFiles' | 'tokenizers' | 'bits' | 'byGroup'> {
  readonly manifest: Manifest;
  readonly out: string;
  readonly force: boolean;
  readonly threads: number;
  /** Seconds that one record may take. */
  readonly timeLimit: number;
}

/** Where the sets of shards lie until they are united. */
function partsOf(out: string): string {
  return `${out}.parts`;
}

/**
 * Builds the set of a plan: a set of each shard, in threads, and their union. After an interruption the same build goes on.
 *
 * @throws {CommandError} if another build has left its parts there.
 */
export async function buildSet(build: SetBuild): Promise<void> {
  const { manifest, out, bits, force } = build;
  const parts = partsOf(out);
  const before = await existingManifest(join(parts, MANIFEST));
  if (before !== undefined && manifestDigest(before) !== manifestDigest(manifest)) {
    throw new CommandError(
      `${parts}: holds parts of a set of other files or settings, or the files have changed since; remove that directory, or take another --out`,
    );
  }
  await mkdir(parts, { recursive: true });
  await removeStale(parts);
  if (before === undefined || formatManifest(before) !== formatManifest(manifest))
    await writePlan(parts, manifest);
  const paths = manifest.shards.map((_, shard) => join(parts, shardSetName(shard, bits)));
  const missing: number[] = [];
  for (const [shard, path] of paths.entries()) if (!(await isWhole(path))) missing.push(shard);
  await runMissing(build, parts, missing);
  const sets: ContextSet[] = [];
  for (const path of paths) sets.push(await readContextSet(path));
  await writeMergedSet(out, sets, force);
  await rm(parts, { recursive: true });
}

/** Whether a part is there and whole; a damaged one is removed, to be made again. */
async function isWhole(path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  try {
    await readContextSet(path);
    return true;
  } catch (error) {
    if (!(error instanceof CommandError && error.cause instanceof ContextSetError)) throw error;
    await rm(path);
    return false;
  }
}

async function runMissing(build: SetBuild, parts: string, missing: readonly number[]): Promise<void> {
  const { manifest, keyFiles, tokenizers, bits, byGroup, threads, timeLimit } = build;
  const done = manifest.shards.length - missing.length;
  const progress = new Progress(
    missing.reduce((sum, shard) => sum + (manifest.shards[shard]?.bytes ?? 0), 0),
  );
  if (done > 0)
    progress.say(
      `${done} of ${counted(manifest.shards.length, 'shard')} ${done === 1 ? 'is' : 'are'} done already`,
    );
  if (missing.length === 0) return;
  const setup: ContextsSetup = { manifest: formatManifest(manifest), keyFiles, tokenizers, bits, byGroup };
  const runner = new ShardRunner<ContextsOutcome, ContextsCounter>(
    {
      program: programBeside(import.meta.url, './worker.js'),
      counters: CONTEXTS_COUNTERS,
      setup,
      place: { location: parts },
    },
    threads,
  );
  try {
    await interruptible((signal) =>
      runner.run(missing, {
        threads,
        timeLimitMs: 1000 * timeLimit,
        signal,
        onProgress: (state) => progress.show(state),
        onRefused: (shard, { record, message }) =>
          progress.say(`shard ${shard}: record ${record + 1} ${message}; it is left out and counted`),
      }),
    );
  } finally {
    progress.end();
    await runner.close();
  }
}
