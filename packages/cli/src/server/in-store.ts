import { createLogger, openStore, readSettings, type Settings, type Store } from '@countermark/server';
import { Option } from 'commander';
import { aboutServer } from './about-server.ts';

/** What names a server's store to a command; DATABASE_URL and the other settings are read from the environment. */
export function dataOption(): Option {
  return new Option('--data <dir>', "the server's data directory (default countermark-data)");
}

/**
 * Does something with the settings of a server's store.
 *
 * @param data the data directory, if it was given.
 * @throws {CommandError} in place of what the server refuses.
 */
export function withSettings<T>(
  data: string | undefined,
  work: (settings: Settings, logger: ReturnType<typeof createLogger>) => Promise<T>,
): Promise<T> {
  return aboutServer(() => {
    const settings = readSettings({
      ...process.env,
      ...(data === undefined ? {} : { COUNTERMARK_DATA: data }),
      COUNTERMARK_LOG_LEVEL: 'silent',
    });
    return work(settings, createLogger(settings));
  });
}

/** Does something with a server's store, which is open meanwhile. Throws as {@link withSettings} does. */
export function inStore<T>(data: string | undefined, work: (store: Store) => Promise<T>): Promise<T> {
  return withSettings(data, async (settings, logger) => {
    const store = await openStore(settings, logger);
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  });
}
