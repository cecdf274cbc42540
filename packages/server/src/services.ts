import type { Server } from 'node:http';
import type { Logger } from 'pino';
import { ComputePool } from './compute/compute-pool.ts';
import type { Settings } from './config.ts';
import type { Metrics } from './http/metrics.ts';
import type { Route } from './http/route.ts';
import { openJobs } from './open-jobs.ts';
import { LocalLedger } from './public-tier/local-ledger.ts';
import { PublicBudget } from './public-tier/public-budget.ts';
import { SharedLedger } from './public-tier/shared-ledger.ts';
import { SharedResults } from './public-tier/shared-result.ts';
import { accountRoutes } from './routes/account-routes.ts';
import { apiKeyRoutes } from './routes/api-key-routes.ts';
import { auditRoutes } from './routes/audit-routes.ts';
import { backupRoute } from './routes/backup-route.ts';
import { detectionRoutes } from './routes/detection-routes.ts';
import { exampleRoute } from './routes/example-route.ts';
import { keyRoutes } from './routes/key-routes.ts';
import { keyTransferRoutes } from './routes/key-transfer-routes.ts';
import { modelAuditRoutes } from './routes/model-audit-routes.ts';
import { scanRoutes } from './routes/scan-routes.ts';
import { sharedResultRoutes } from './routes/shared-result-routes.ts';
import { tokenizeRoute } from './routes/tokenize-route.ts';
import { createSamplingService } from './sampling-service.ts';
import { Detections } from './store/detections.ts';
import type { Store } from './store/open-store.ts';
import { sweepRegularly } from './store/sweep.ts';
import { TokenizerList } from './tokenizer-list.ts';
import { ExampleTexts } from './web/example-texts.ts';

/** What a server does, beside answering what it is. */
export interface Services {
  /** Texts that the page offers to try. */
  readonly examples: ExampleTexts;
  readonly routes: readonly Route[];
  /** Answers WebSockets of a server as well. */
  attach(server: Server): void;
  /** Takes no more work, and lets what is under way end for a while; scans and audits go on in another process, or at the next start. */
  drain(patienceMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens the keys' routes, sampling, detections and scans. The store is not closed with them. */
export async function openServices(parts: {
  readonly store: Store;
  readonly settings: Settings;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): Promise<Services> {
  const { store, settings, logger, metrics } = parts;
  const { keys, keyUses, database, accounts, register } = store;
  const tokenizers = new TokenizerList(settings.COUNTERMARK_TOKENIZERS);
  const stopping = new AbortController();
  const jobs = await openJobs({ ...parts, tokenizers, works: settings.COUNTERMARK_SCAN_WORKER });
  const sampling = createSamplingService({ ...store, tokenizers, settings, metrics, logger });
  const pool = new ComputePool({
    threads: settings.COUNTERMARK_THREADS,
    maxQueue: settings.COUNTERMARK_MAX_QUEUE,
    timeLimitMs: settings.COUNTERMARK_TIME_LIMIT_MS,
    tokenizers,
    openKey: (keyId) => keys.open(keyId),
    onFault: (error) =>
      logger.error({ name: error instanceof Error ? error.name : '' }, 'a worker thread ended'),
    onWaiting: (tasks) => metrics.waiting.set(tasks),
  });
  const detections = new Detections(database, settings.COUNTERMARK_RETENTION_HOURS);
  const limits = {
    perHour: settings.COUNTERMARK_PUBLIC_BUDGET,
    total: settings.COUNTERMARK_PUBLIC_TOTAL,
    similar: settings.COUNTERMARK_PUBLIC_SIMILAR,
  };
  const shared =
    database.kind === 'postgres'
      ? new SharedLedger(database, store.deriveKey('public tier'), limits)
      : undefined;
  const budget = new PublicBudget(shared ?? new LocalLedger(limits), limits);
  const sharedResults = new SharedResults(
    store.deriveKey('shared results'),
    settings.COUNTERMARK_SHARED_DAYS,
  );
  const examples = new ExampleTexts({ keys, pool, tokenizers, logger });
  const stopSweeping = sweepRegularly(shared === undefined ? [detections] : [detections, shared], logger);
  return {
    examples,
    routes: [
      // Routes are looked for in this order: those that are asked most come first.
      ...sampling.routes,
      ...detectionRoutes({
        keys,
        keyUses,
        register,
        database,
        pool,
        budget,
        shared: sharedResults,
        detections,
        metrics,
        settings,
      }),
      ...keyRoutes(keys, tokenizers, settings.COUNTERMARK_ROTATION_GRACE_MS),
      ...keyTransferRoutes(store, settings.COUNTERMARK_KEY_EXPORT),
      ...apiKeyRoutes(store.apiKeys),
      ...auditRoutes(database),
      backupRoute(database, settings.COUNTERMARK_DATA),
      ...accountRoutes(accounts, settings),
      ...sharedResultRoutes({ shared: sharedResults, pool, budget, settings }),
      exampleRoute(examples),
      tokenizeRoute({ keys, pool, tokenizers, settings }),
      ...scanRoutes({ open: jobs.scans, database, keys, keyUses, accounts, settings }, stopping.signal),
      ...modelAuditRoutes(
        { open: jobs.audits, database, keys, keyUses, settings, endpointSecrets: store.endpointSecrets },
        stopping.signal,
      ),
    ],
    attach: (server) => sampling.attach(server),
    async drain(patienceMs) {
      stopping.abort();
      await Promise.all([sampling.drain(patienceMs), jobs.close()]);
    },
    async close() {
      stopSweeping();
      await Promise.all([sampling.close(), pool.close(), jobs.close()]);
    },
  };
}
