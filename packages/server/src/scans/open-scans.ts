import type { Logger } from 'pino';
import type { Settings } from '../config.ts';
import type { Metrics } from '../http/metrics.ts';
import { hasEnded } from '../jobs/event-stream.ts';
import { JobQueue } from '../jobs/job-queue.ts';
import type { Store } from '../store/open-store.ts';
import type { TokenizerList } from '../tokenizer-list.ts';
import { ScanRoots } from './allow-inputs.ts';
import { ScanDirectories } from './scan-directory.ts';
import { Scans } from './scan-store.ts';
import { ScanWorker } from './scan-worker.ts';

const SWEEP_MS = 3_600_000;

/** The scans of a store, with a worker if this process has one. */
export interface OpenScans {
  readonly scans: Scans;
  readonly queue: JobQueue;
  readonly directories: ScanDirectories;
  readonly roots: ScanRoots;
  /** Gives back what the worker has begun. */
  stop(): Promise<void>;
  /** The same, and closes the queue. */
  close(): Promise<void>;
}

/** Opens the scans of a store. */
export async function openScans({
  settings,
  store,
  logger,
  metrics,
  tokenizers,
  works,
}: {
  readonly settings: Settings;
  readonly store: Store;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tokenizers: TokenizerList;
  /** Whether this process works on them. */
  readonly works: boolean;
}): Promise<OpenScans> {
  const scans = new Scans(store.database);
  const directories = new ScanDirectories(settings.COUNTERMARK_DATA);
  const roots = new ScanRoots(settings.COUNTERMARK_SCAN_ROOTS);
  const sweep = (nobodyUploads: boolean): Promise<void> =>
    directories.sweep(async (id) => {
      const scan = await scans.find(id);
      return scan && (hasEnded(scan.status) ? 'ended' : 'open');
    }, nobodyUploads);
  // Nobody else can have an embedded database open, and this server does not listen yet.
  await sweep(store.database.kind === 'pglite');
  const queue = await JobQueue.open(store.database, logger);
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
  const timer = setInterval(() => {
    sweep(false).catch((error: Error) =>
      logger.warn({ name: error.name }, 'old uploads could not be removed'),
    );
  }, SWEEP_MS);
  timer.unref();
  return {
    scans,
    queue,
    directories,
    roots,
    async stop() {
      await worker?.stop();
    },
    async close() {
      clearInterval(timer);
      await worker?.stop();
      await queue.close();
    },
  };
}
