import type { Logger } from 'pino';
import { type OpenAudits, openAudits } from './audits/open-audits.ts';
import type { Settings } from './config.ts';
import type { Metrics } from './http/metrics.ts';
import { JobQueue } from './jobs/job-queue.ts';
import { ScanRoots } from './scans/allow-inputs.ts';
import { type OpenScans, openScans } from './scans/open-scans.ts';
import type { Store } from './store/open-store.ts';
import type { TokenizerList } from './tokenizer-list.ts';

/** The scans and audits of a store, which wait in one queue, with workers if this process has them. */
export interface OpenJobs {
  readonly scans: OpenScans;
  readonly audits: OpenAudits;
  /** Gives back what the workers have begun, and closes the queue. May be called again. */
  close(): Promise<void>;
}

/** Opens the scans and audits of a store. */
export async function openJobs(parts: {
  readonly settings: Settings;
  readonly store: Store;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tokenizers: TokenizerList;
  /** Whether this process works on them. */
  readonly works: boolean;
}): Promise<OpenJobs> {
  const roots = new ScanRoots(parts.settings.COUNTERMARK_SCAN_ROOTS);
  const queue = await JobQueue.open(parts.store.database, parts.logger);
  const scans = await openScans({ ...parts, queue, roots });
  const audits = await openAudits({ ...parts, queue, roots });
  let closed: Promise<void> | undefined;
  return {
    scans,
    audits,
    close() {
      closed ??= Promise.all([audits.close(), scans.close()]).then(() => queue.close());
      return closed;
    },
  };
}
