import { codeOf } from '@countermark/host/files';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import { checkModelName } from './completions/completion-model.ts';
import { type Settings, SettingsError } from './config.ts';
import { Listener } from './http/listener.ts';
import { createMetrics } from './http/metrics.ts';
import { type RegisteredRoute, registeredRoutes } from './http/registered-routes.ts';
import { withOpenApi } from './routes/openapi-routes.ts';
import { operationRoutes } from './routes/operation-routes.ts';
import { pageRoutes } from './routes/page-routes.ts';
import { wellKnownRoute } from './routes/well-known-route.ts';
import { openServices, type Services } from './services.ts';
import { openStore, type Store } from './store/open-store.ts';
import { VERSION } from './version.ts';

/** A server that listens. */
export interface RunningServer {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly store: Store;
  /** Resolves where its data directory is another process's: it answers nothing that needs the database, and is to be closed. */
  readonly lost: Promise<void>;
  /** What it answers, as the framework has it and not as the documentation says. */
  readonly routes: readonly RegisteredRoute[];
  /** Stops taking requests, lets those under way finish for a while, and closes everything. */
  close(): Promise<void>;
}

/**
 * Starts a server.
 *
 * @throws as {@link openStore} does; {@link SettingsError} if there is no such model; or if it cannot listen.
 */
export async function startServer(settings: Settings, logger: Logger): Promise<RunningServer> {
  checkModelName(settings.COUNTERMARK_MODEL);
  const store = await openStore(settings, logger);
  const closing: (() => Promise<void>)[] = [() => store.close()];
  try {
    const metrics = createMetrics();
    const services = await openServices({ store, settings, logger, metrics });
    closing.unshift(() => services.close());
    let isStopping = false;
    const app = createApp({
      routes: allRoutes(store, settings, services, () => !isStopping, metrics),
      apiKeys: store.apiKeys,
      logger,
      metrics,
      isPublic: settings.COUNTERMARK_PUBLIC,
      trustProxy: settings.COUNTERMARK_TRUST_PROXY,
      corsOrigins: settings.COUNTERMARK_CORS_ORIGINS,
      maxBodyBytes: settings.COUNTERMARK_MAX_BODY_BYTES,
      bodyMs: settings.COUNTERMARK_BODY_MS,
    });
    const listener = new Listener(app);
    services.attach(listener.server);
    await listen(listener, settings);
    return {
      url: listener.url,
      store,
      lost: store.database.lost.then(() => undefined),
      routes: registeredRoutes(app),
      async close() {
        if (isStopping) return;
        isStopping = true;
        const patienceMs = settings.COUNTERMARK_DRAIN_MS;
        await Promise.all([listener.drain(patienceMs), services.drain(patienceMs)]);
        for (const close of closing) await close();
      },
    };
  } catch (error) {
    for (const close of closing) await close();
    throw error;
  }
}

function allRoutes(
  { keys, database }: Store,
  settings: Settings,
  services: Services,
  isReady: () => boolean,
  metrics: ReturnType<typeof createMetrics>,
) {
  return withOpenApi(
    [
      ...services.routes,
      wellKnownRoute(keys, settings, VERSION),
      ...pageRoutes(keys, settings.COUNTERMARK_PUBLIC, VERSION),
      ...operationRoutes({ database, dataDirectory: settings.COUNTERMARK_DATA, metrics, isReady }),
    ],
    VERSION,
  );
}

/** What the system says of an address that cannot be listened on, and which setting chooses another. */
const WHY_NOT: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use; COUNTERMARK_PORT names another port',
  EACCES: 'may not be listened on by this user; COUNTERMARK_PORT names another port',
  EADDRNOTAVAIL: 'is no address of this machine; COUNTERMARK_HOST names another',
  ENOTFOUND: 'is no address that is known here; COUNTERMARK_HOST names another',
};

async function listen(
  listener: Listener,
  { COUNTERMARK_HOST: host, COUNTERMARK_PORT: port }: Settings,
): Promise<void> {
  try {
    await listener.listen(port, host);
  } catch (cause) {
    const why = WHY_NOT[codeOf(cause) ?? ''];
    if (why === undefined) throw cause;
    const address = host.includes(':') ? `[${host}]` : host;
    throw new SettingsError(`${address}:${port} ${why}`, { cause });
  }
}
