/** The built command as a server or worker: a process that can be killed. */
import { createLogger, openStore, readSettings, type Scope } from '@countermark/server';
import type { WatermarkKey } from '@countermark/watermark';
import { start } from '../cli/command.ts';
import { putEmptyDatabase } from './empty-database.ts';
import { Client } from './scan-server.ts';

/** A process that serves or works. */
export interface ServeProcess {
  /** Where it listens; empty for a worker. */
  readonly url: string;
  /** Everything it logged so far. */
  log(): string;
  /** Keeps it from doing anything until it is let go on. */
  halt(): void;
  /** Lets it go on. */
  goOn(): void;
  /** Sends a signal that does not end it by itself. */
  signal(signal: NodeJS.Signals): void;
  /** Waits for the end; returns the exit status. */
  readonly ended: Promise<number>;
  /** Sends a signal, and waits for the end. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number>;
}

/**
 * Starts `serve` or `worker`, and waits until it is ready.
 *
 * @param node options of Node.
 */
export async function startProcess(
  command: 'serve' | 'worker',
  data: string,
  env: Readonly<Record<string, string>>,
  node: readonly string[] = [],
): Promise<ServeProcess> {
  const args = command === 'serve' ? ['serve', '--port', '0', '--data', data] : ['worker', '--data', data];
  if (env['DATABASE_URL'] === undefined) await putEmptyDatabase(data);
  const { child, ended } = start(args, { env, node });
  let log = '';
  child.stderr?.on('data', (chunk) => {
    log += String(chunk);
  });
  const ready = new Promise<string>((resolve) => {
    child.stdout?.on('data', (chunk) => {
      const [, url] = /^(?:listening on (.*)|waiting for scans)$/m.exec(String(chunk)) ?? [];
      resolve(url ?? '');
    });
  });
  const early = ended.then(({ status, stderr }) => {
    throw new Error(`countermark ${command} ended with ${status}: ${stderr}`);
  });
  early.catch(() => undefined);
  return {
    url: await Promise.race([ready, early]),
    log: () => log,
    halt: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    signal: (signal) => void child.kill(signal),
    ended: ended.then(({ status }) => status),
    async end(signal) {
      child.kill(signal);
      return (await ended).status;
    },
  };
}

/** Puts a key and an API key into a store that no process has open; returns the token. */
export async function fillStore(
  env: Readonly<Record<string, string>>,
  key: WatermarkKey,
  scopes: readonly Scope[] = ['scan'],
): Promise<string> {
  const settings = readSettings({ ...env, COUNTERMARK_LOG_LEVEL: 'silent' });
  if (settings.DATABASE_URL === undefined) await putEmptyDatabase(settings.COUNTERMARK_DATA);
  const store = await openStore(settings, createLogger(settings));
  try {
    await store.keys.add(key, 'vendor', false);
    return (await store.apiKeys.create('test', scopes)).token;
  } finally {
    await store.close();
  }
}

/** Calls a process. */
export function clientOf({ url }: ServeProcess, token: string): Client {
  return new Client(url, token);
}
