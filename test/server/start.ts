/** A server of a test: on a free port, with a data directory of its own. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createLogger,
  prepareFirstStart,
  type RunningServer,
  readSettings,
  startServer,
} from '@countermark/server';

/** A server that was started for the first time. */
export interface TestServer extends RunningServer {
  /** An API key of all scopes. */
  readonly adminToken: string;
}

/** Starts a server with the embedded database; closing it removes its data. */
export async function startTestServer(env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'countermark-server-'));
  const settings = readSettings({
    COUNTERMARK_DATA: directory,
    COUNTERMARK_PORT: '0',
    COUNTERMARK_LOG_LEVEL: 'silent',
    COUNTERMARK_DRAIN_MS: '500',
    ...env,
  });
  const server = await startServer(settings, createLogger(settings));
  const first = await prepareFirstStart(server.store, settings);
  return {
    ...server,
    adminToken: first === undefined ? '' : readFileSync(first.apiKeyFile, 'utf8').trim(),
    async close() {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
