import type { Logger } from 'pino';
import type { Settings } from '../config.ts';
import { AllowedAddresses } from '../http/allowed-addresses.ts';
import type { Metrics } from '../http/metrics.ts';
import type { JobQueue } from '../jobs/job-queue.ts';
import { sweepDirectories } from '../jobs/sweep-directories.ts';
import type { ScanRoots } from '../scans/allow-inputs.ts';
import type { Store } from '../store/open-store.ts';
import type { TokenizerList } from '../tokenizer-list.ts';
import { AuditDirectories } from './audit-directories.ts';
import { Audits } from './audit-store.ts';
import { AuditWorker } from './audit-worker.ts';

/** The audits of a store, with a worker if this process has one. */
export interface OpenAudits {
  readonly audits: Audits;
  readonly queue: JobQueue;
  readonly directories: AuditDirectories;
  readonly endpoints: AllowedAddresses;
  readonly roots: ScanRoots;
  /** Gives back what the worker has begun. The queue stays open. */
  close(): Promise<void>;
}

/** Opens the audits of a store. */
export async function openAudits({
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
}): Promise<OpenAudits> {
  const audits = new Audits(store.database);
  const directories = new AuditDirectories(settings.COUNTERMARK_DATA);
  const endpoints = new AllowedAddresses(
    settings.COUNTERMARK_AUDIT_ENDPOINTS,
    ['https:', 'http:'],
    'COUNTERMARK_AUDIT_ENDPOINTS: one does not begin an address, as https://api.example.com/v1 does',
  );
  // Nobody else can have an embedded database open, and this server does not listen yet.
  const stopSweeping = await sweepDirectories(
    directories,
    audits,
    store.database.kind === 'pglite',
    ({ name }) => logger.warn({ name }, 'what was left of audits could not be removed'),
  );
  const { keys, endpointSecrets: secrets } = store;
  const patienceMs = settings.COUNTERMARK_DRAIN_MS;
  const parts = {
    audits,
    queue,
    keys,
    secrets,
    tokenizers,
    directories,
    endpoints,
    roots,
    metrics,
    patienceMs,
  };
  const worker = works ? new AuditWorker({ ...parts, logger }) : undefined;
  return {
    audits,
    queue,
    directories,
    endpoints,
    roots,
    async close() {
      stopSweeping();
      await worker?.stop();
    },
  };
}
