import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '@countermark/host/files';
import { checkOptionNames, type OptionNames } from '@countermark/watermark';
import type { Express } from 'express';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import { checkModelName } from './completions/completion-model.ts';
import { type Settings, SettingsError } from './config.ts';
import { Listener } from './http/listener.ts';
import { createMetrics } from './http/metrics.ts';
import { metricsGuard } from './http/metrics-token.ts';
import { type RegisteredRoute, registeredRoutes } from './http/registered-routes.ts';
import type { Route } from './http/route.ts';
import { withOpenApi } from './routes/openapi-routes.ts';
import { healthRoutes, metricsRoute } from './routes/operation-routes.ts';
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
  /** Where its metrics are, if they have a port of their own. */
  readonly metricsUrl: string | undefined;
  /**
   * Stops taking requests, lets those under way finish for a while, and closes everything.
   *
   * @param noticeMs for how long it goes on taking requests before that, while `/readyz` says that it stops (default 0).
   */
  close(options?: CloseOptions): Promise<void>;
}

/** How a server is closed. */
interface CloseOptions {
  readonly noticeMs?: number;
}

const CLOSE_OPTIONS: OptionNames<CloseOptions> = { noticeMs: true };

/**
 * Starts a server.
 *
 * @param prepare is done before anybody is answered.
 * @throws as {@link openStore} does; {@link SettingsError} if there is no such model; or if it cannot listen.
 */
export async function startServer(
  settings: Settings,
  logger: Logger,
  prepare: (store: Store) => Promise<void> = async () => undefined,
): Promise<RunningServer> {
  checkModelName(settings.COUNTERMARK_MODEL);
  const guard = await metricsGuard(settings);
  const store = await openStore(settings, logger);
  const closing: (() => Promise<void>)[] = [() => store.close()];
  try {
    await prepare(store);
    const metrics = createMetrics();
    const services = await openServices({ store, settings, logger, metrics });
    closing.unshift(() => services.close());
    let isStopping = false;
    const health = healthRoutes(store, settings.COUNTERMARK_DATA, () => !isStopping);
    const hasOwnPort = settings.COUNTERMARK_METRICS_PORT !== undefined;
    const operation = [...health, ...(hasOwnPort ? [] : [metricsRoute(metrics, guard)])];
    const make = (routes: readonly Route[]): Express =>
      createApp({
        routes,
        apiKeys: store.apiKeys,
        logger,
        metrics,
        isPublic: settings.COUNTERMARK_PUBLIC,
        trustProxy: settings.COUNTERMARK_TRUST_PROXY,
        corsOrigins: settings.COUNTERMARK_CORS_ORIGINS,
        maxBodyBytes: settings.COUNTERMARK_MAX_BODY_BYTES,
        bodyMs: settings.COUNTERMARK_BODY_MS,
        isStopping: () => isStopping,
      });
    const app = make(allRoutes(store, settings, services, operation));
    const listener = new Listener(app);
    services.attach(listener.server);
    const ofMetrics = hasOwnPort ? new Listener(make([...health, metricsRoute(metrics, guard)])) : undefined;
    if (ofMetrics !== undefined) {
      await listen(ofMetrics, settings, 'COUNTERMARK_METRICS_PORT');
      closing.unshift(() => ofMetrics.drain(0));
    }
    await listen(listener, settings, 'COUNTERMARK_PORT');
    const close = async (noticeMs: number): Promise<void> => {
      isStopping = true;
      // Whoever sends requests here sees at /readyz that it should send them elsewhere, and meanwhile they are answered.
      if (noticeMs > 0) await sleep(noticeMs);
      const patienceMs = settings.COUNTERMARK_DRAIN_MS;
      await Promise.all([listener.drain(patienceMs), services.drain(patienceMs)]);
      for (const end of closing) await end();
    };
    let closed: Promise<void> | undefined;
    return {
      url: listener.url,
      metricsUrl: ofMetrics?.url,
      store,
      lost: store.database.lost.then(() => undefined),
      routes: registeredRoutes(app),
      close(options = {}) {
        checkOptionNames(options, CLOSE_OPTIONS, 'close');
        closed ??= close(options.noticeMs ?? 0);
        return closed;
      },
    };
  } catch (error) {
    for (const close of closing) await close();
    throw error;
  }
}

function allRoutes(
  { keys, accounts }: Store,
  settings: Settings,
  services: Services,
  operation: readonly Route[],
): readonly Route[] {
  return withOpenApi(
    [
      ...services.routes,
      wellKnownRoute(keys, settings, VERSION),
      ...pageRoutes({ accounts, keys, examples: services.examples, settings, version: VERSION }),
      ...operation,
    ],
    VERSION,
  );
}

/** What the system says of an address that cannot be listened on, and which setting chooses another. */
const WHY_NOT: Readonly<Record<string, (setting: PortSetting) => string>> = {
  EADDRINUSE: (setting) => `is in use; ${setting} names another port`,
  EACCES: (setting) => `may not be listened on by this user; ${setting} names another port`,
  EADDRNOTAVAIL: () => 'is no address of this machine; COUNTERMARK_HOST names another',
  ENOTFOUND: () => 'is no address that is known here; COUNTERMARK_HOST names another',
};

type PortSetting = 'COUNTERMARK_PORT' | 'COUNTERMARK_METRICS_PORT';

async function listen(listener: Listener, settings: Settings, setting: PortSetting): Promise<void> {
  const { COUNTERMARK_HOST: host, [setting]: port = 0 } = settings;
  try {
    await listener.listen(port, host);
  } catch (cause) {
    const why = WHY_NOT[codeOf(cause) ?? ''];
    if (why === undefined) throw cause;
    const address = host.includes(':') ? `[${host}]` : host;
    throw new SettingsError(`${address}:${port} ${why(setting)}`, { cause });
  }
}
