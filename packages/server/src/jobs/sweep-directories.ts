import { hasEnded } from './event-stream.ts';
import type { WorkDirectories } from './work-directories.ts';

const SWEEP_MS = 3_600_000;

/**
 * Removes what killed servers left in directories: at once, and every hour.
 *
 * @param isAlone whether nobody else has the database: what belongs to nothing at first is then abandoned, however lately it was written to.
 * @param onFault is told where it fails later; the first time it throws.
 * @returns what stops it.
 */
export async function sweepDirectories(
  directories: WorkDirectories,
  jobs: { find(id: string): Promise<{ readonly status: string } | undefined> },
  isAlone: boolean,
  onFault: (error: Error) => void,
): Promise<() => void> {
  const sweep = (nobodyUploads: boolean): Promise<void> =>
    directories.sweep(async (id) => {
      const job = await jobs.find(id);
      return job && (hasEnded(job.status) ? 'ended' : 'open');
    }, nobodyUploads);
  await sweep(isAlone);
  const timer = setInterval(() => void sweep(false).catch(onFault), SWEEP_MS);
  timer.unref();
  return () => clearInterval(timer);
}
