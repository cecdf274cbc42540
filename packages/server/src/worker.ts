import type { Logger } from 'pino';
import { type Settings, SettingsError } from './config.ts';
import { createMetrics } from './http/metrics.ts';
import { openJobs } from './open-jobs.ts';
import { openStore } from './store/open-store.ts';
import { TokenizerList } from './tokenizer-list.ts';

/** A worker that is at work. */
export interface RunningWorker {
  /** Resolves where its database is another's. */
  readonly lost: Promise<void>;
  /** Gives back what it has begun, and closes everything. */
  close(): Promise<void>;
}

/**
 * Works on the scans and audits of a database that servers share, and answers nothing.
 *
 * @throws {SettingsError} if there is no shared database: of an embedded one the server is the only process.
 * @throws as {@link openStore} does.
 */
export async function startWorker(settings: Settings, logger: Logger): Promise<RunningWorker> {
  if (settings.DATABASE_URL === undefined) {
    throw new SettingsError('DATABASE_URL: a worker needs the database that servers share');
  }
  const store = await openStore(settings, logger);
  const tokenizers = new TokenizerList(settings.COUNTERMARK_TOKENIZERS);
  try {
    const jobs = await openJobs({
      settings,
      store,
      logger,
      metrics: createMetrics(),
      tokenizers,
      works: true,
    });
    return {
      lost: store.database.lost.then(() => undefined),
      async close() {
        await jobs.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
