import type { Logger } from 'pino';
import type { Settings } from '../config.ts';
import type { Metrics } from '../http/metrics.ts';
import type { JobQueue } from '../jobs/job-queue.ts';
import { sweepDirectories } from '../jobs/sweep-directories.ts';
import type { Store } from '../store/open-store.ts';
import type { TokenizerList } from '../tokenizer-list.ts';
import type { ScanRoots } from './allow-inputs.ts';
import { ScanDirectories } from './scan-directory.ts';
import { Scans } from './scan-store.ts';
import { ScanWorker } from './scan-worker.ts';

/** The scans of a store, with a worker if this process has one. */
export interface OpenScans {
  readonly scans: Scans;
  readonly queue: JobQueue;
  readonly directories: ScanDirectories;
  readonly roots: ScanRoots;
  /** Gives back what the worker has begun. The queue stays open. */
  close(): Promise<void>;
}

/** Opens the scans of a store. */
export async function openScans({
  settings,
  store,
  logger,
  metrics,
  tokenizers,
  queue,
  roots,
  works,
}: {
  readonly settings: Settings;
  readonly store: Store;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tokenizers: TokenizerList;
  readonly queue: JobQueue;
  readonly roots: ScanRoots;
  /** Whether this process works on them. */
  readonly works: boolean;
}): Promise<OpenScans> {
  const scans = new Scans(store.database);
  const directories = new ScanDirectories(settings.COUNTERMARK_DATA);
  // Nobody else can have an embedded database open, and this server does not listen yet.
  const stopSweeping = await sweepDirectories(
    directories,
    scans,
    store.database.kind === 'pglite',
    ({ name }) => logger.warn({ name }, 'old uploads could not be removed'),
  );
  const { keys, register } = store;
  const threads = settings.COUNTERMARK_THREADS;
  const worker = works
    ? new ScanWorker({
        scans,
        queue,
        keys,
        register,
        tokenizers,
        directories,
        roots,
        metrics,
        logger,
        threads,
      })
    : undefined;
  return {
    scans,
    queue,
    directories,
    roots,
    async close() {
      stopSweeping();
      await worker?.stop();
    },
  };
}
