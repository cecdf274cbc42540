import type { Part } from '@countermark/corpus';
import { type DrivenParts, type DrivenScan, runScan } from '@countermark/corpus/driver';
import { counted } from '../counted.ts';
import { interruptible } from '../interrupt.ts';
import { Progress } from './progress.ts';

/** How parts are made. */
export interface ShownScan extends DrivenScan, DrivenParts {
  /** Numbers of the shards that are this task's. */
  readonly shards: readonly number[];
  readonly threads: number;
  /** Seconds that one document may take. */
  readonly timeLimit: number;
  /** Told each part that is there, in the order of the shards; returns whether the scan may stop. */
  readonly isEnough?: (part: Part) => boolean;
}

/**
 * Scans what is missing of a task's shards, shows how it goes, and lets Ctrl-C stop it.
 *
 * @returns how many of the shards have parts now, from the first on: all, unless the evidence sufficed.
 */
export async function showScan(scan: ShownScan): Promise<number> {
  const { manifest, shards, threads, timeLimit, isEnough } = scan;
  let progress: Progress | undefined;
  try {
    return await interruptible((signal) =>
      runScan(scan, scan, shards, {
        threads,
        timeLimitMs: 1000 * timeLimit,
        signal,
        onBegin(missing) {
          const bytes = missing.reduce((sum, shard) => sum + (manifest.shards[shard]?.bytes ?? 0), 0);
          progress = new Progress(bytes);
          const done = shards.length - missing.length;
          if (done === 0) return;
          progress.say(
            `${done} of ${counted(shards.length, 'shard')} ${done === 1 ? 'is' : 'are'} done already`,
          );
        },
        onProgress: (state) => progress?.show(state),
        onRefused: (shard, { record, message }) =>
          progress?.say(`shard ${shard}: record ${record + 1} ${message}; it is left out and reported`),
        ...(isEnough === undefined ? {} : { isEnough }),
      }),
    );
  } finally {
    progress?.end();
  }
}
