import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import { checkModelName } from './completions/completion-model.ts';
import { ComputePool } from './compute/compute-pool.ts';
import type { Settings } from './config.ts';
import { createMetrics } from './metrics.ts';
import { PublicBudget } from './public-tier/public-budget.ts';
import { detectionRoutes } from './routes/detection-routes.ts';
import { keyRoutes } from './routes/key-routes.ts';
import { withOpenApi } from './routes/openapi-routes.ts';
import { operationRoutes } from './routes/operation-routes.ts';
import { pageRoutes } from './routes/page-routes.ts';
import { type RegisteredRoute, registeredRoutes } from './routes/registered-routes.ts';
import { tokenizeRoute } from './routes/tokenize-route.ts';
import { wellKnownRoute } from './routes/well-known-route.ts';
import { createSamplingService } from './sampling/sampling-service.ts';
import { parseMasterKey, readMasterKeyFile } from './secrets/master-key.ts';
import { ApiKeys } from './store/api-keys.ts';
import type { Database } from './store/database.ts';
import { Detections, sweepDetections } from './store/detections.ts';
import { migrate } from './store/migrate.ts';
import { openPglite } from './store/pglite.ts';
import { openPostgres } from './store/postgres.ts';
import { WatermarkKeys } from './store/watermark-keys.ts';
import { TokenizerList } from './tokenizer-list.ts';

/** What a server keeps: its database, opened and migrated, and what unseals its keys. */
export interface Store {
  readonly database: Database;
  readonly apiKeys: ApiKeys;
  readonly keys: WatermarkKeys;
  close(): Promise<void>;
}

/** A server that listens. */
export interface RunningServer {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly store: Store;
  /** What it answers, as the framework has it and not as the documentation says. */
  readonly routes: readonly RegisteredRoute[];
  /** Stops taking requests, lets those under way finish for a while, and closes everything. */
  close(): Promise<void>;
}

/** The server's version. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/**
 * Opens what a server keeps.
 *
 * @throws {DirectoryLockedError} if another process has the embedded database open.
 * @throws {MasterKeyError} if the master key is missing or malformed.
 * @throws {SchemaNewerError} if a later release has changed the tables.
 */
export async function openStore(settings: Settings, logger: Logger): Promise<Store> {
  const directory = settings.COUNTERMARK_DATA;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const masterKey = await readMasterKey(settings);
  const database =
    settings.DATABASE_URL === undefined
      ? await openPglite(directory)
      : await openPostgres(settings.DATABASE_URL, {
          onError: (error) => logger.warn({ name: error.name }, 'a connection to the database was lost'),
        });
  try {
    await migrate(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    database,
    apiKeys: new ApiKeys(database),
    keys: new WatermarkKeys(database, masterKey),
    async close() {
      await database.close();
      masterKey.fill(0);
    },
  };
}

function readMasterKey(settings: Settings): Promise<Uint8Array> {
  const { COUNTERMARK_MASTER_KEY: text, COUNTERMARK_MASTER_KEY_FILE: file } = settings;
  if (text !== undefined) return Promise.resolve(parseMasterKey(text, 'COUNTERMARK_MASTER_KEY'));
  const isEmbedded = settings.DATABASE_URL === undefined;
  // Beside a shared database each machine would make a key of its own, and none could read the others'.
  return readMasterKeyFile(
    file ?? join(settings.COUNTERMARK_DATA, 'master.key'),
    isEmbedded && file === undefined,
  );
}

/**
 * Starts a server.
 *
 * @throws as {@link openStore} does; {@link SettingsError} if there is no such model; the system's error if it cannot listen.
 */
export async function startServer(settings: Settings, logger: Logger): Promise<RunningServer> {
  checkModelName(settings.COUNTERMARK_MODEL);
  const store = await openStore(settings, logger);
  const metrics = createMetrics();
  const tokenizers = new TokenizerList(settings.COUNTERMARK_TOKENIZERS);
  const sampling = createSamplingService({ ...store, tokenizers, settings, metrics, logger });
  const pool = new ComputePool({
    threads: settings.COUNTERMARK_THREADS,
    maxQueue: settings.COUNTERMARK_MAX_QUEUE,
    timeLimitMs: settings.COUNTERMARK_TIME_LIMIT_MS,
    tokenizers,
    openKey: (keyId) => store.keys.open(keyId),
    onFault: (error) =>
      logger.error({ name: error instanceof Error ? error.name : '' }, 'a worker thread ended'),
    onWaiting: (tasks) => metrics.waiting.set(tasks),
  });
  const detections = new Detections(store.database, settings.COUNTERMARK_RETENTION_HOURS);
  const budget = new PublicBudget(settings.COUNTERMARK_PUBLIC_BUDGET, settings.COUNTERMARK_PUBLIC_SIMILAR);
  const stopSweeping = sweepDetections(detections, logger);
  let isStopping = false;
  const routes = withOpenApi(
    [
      ...keyRoutes(store.keys, tokenizers),
      ...sampling.routes,
      ...detectionRoutes({ keys: store.keys, pool, budget, detections, metrics, settings }),
      tokenizeRoute({ keys: store.keys, pool, tokenizers, settings }),
      wellKnownRoute(store.keys, settings, VERSION),
      ...pageRoutes(store.keys, settings.COUNTERMARK_PUBLIC, VERSION),
      ...operationRoutes({ database: store.database, metrics, isReady: () => !isStopping }),
    ],
    VERSION,
  );
  const app = createApp({
    routes,
    apiKeys: store.apiKeys,
    logger,
    metrics,
    isPublic: settings.COUNTERMARK_PUBLIC,
    trustProxy: settings.COUNTERMARK_TRUST_PROXY,
    corsOrigins: settings.COUNTERMARK_CORS_ORIGINS,
    maxBodyBytes: settings.COUNTERMARK_MAX_BODY_BYTES,
  });
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 0,
      keepAliveTimeout: 60_000,
      // How late a timeout of headers may be noticed.
      connectionsCheckingInterval: 2000,
    },
    app,
  );
  sampling.attach(server);
  try {
    await listen(server, settings);
  } catch (error) {
    await sampling.close();
    stopSweeping();
    await pool.close();
    await store.close();
    throw error;
  }
  return {
    url: urlOf(server),
    store,
    routes: registeredRoutes(app),
    async close() {
      if (isStopping) return;
      isStopping = true;
      const patienceMs = settings.COUNTERMARK_DRAIN_MS;
      await Promise.all([drain(server, patienceMs), sampling.drain(patienceMs)]);
      await sampling.close();
      stopSweeping();
      await pool.close();
      await store.close();
    },
  };
}

function listen(server: HttpServer, settings: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.COUNTERMARK_PORT, settings.COUNTERMARK_HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function urlOf(server: HttpServer): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

async function drain(server: HttpServer, patienceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), patienceMs);
  await closed;
  clearTimeout(timer);
}
