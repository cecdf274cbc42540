// Compares a scan that is uploaded to a server with one of the command, of the same synthetic JSON lines and with as many threads:
// `node bench/dist/upload-scan.js [gigabytes] [threads]`. Prints both paces, and the server's peak memory; then how long a server
// takes to start. All of it on an embedded database, and on DATABASE_URL as well where it is set.
import { type ChildProcess, spawn } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, openStore, readSettings } from '@countermark/server';
import { createParams, formatKeyFile, WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { COMMAND, watchPeak } from './peak-memory.ts';
import { writeLines } from './synthetic-corpus.ts';

const POLL_MS = 250;

interface Scan {
  readonly id: string;
  readonly status: string;
}

const gigabytes = Number(process.argv[2] ?? 2);
const threads = process.argv[3] ?? '2';
const directory = mkdtempSync(join(tmpdir(), 'countermark-upload-'));
try {
  const corpus = join(directory, 'corpus.jsonl');
  writeLines(corpus, gigabytes * 1e9);
  const { size } = statSync(corpus);
  const key = await makeKey();
  const keyFile = join(directory, 'key.json');
  writeFileSync(keyFile, formatKeyFile(key), { mode: 0o600 });
  const started = performance.now();
  await ended(run(['scan', '--key', keyFile, '--out', join(directory, 'out'), '--threads', threads, corpus]));
  const command = (performance.now() - started) / 1000;
  const pace = (seconds: number): string => `${(size / 1e6 / seconds).toFixed(1)} MB/s`;
  process.stdout.write(
    `${gigabytes} GB with ${threads} threads: command ${command.toFixed(0)} s, ${pace(command)}\n`,
  );
  for (const [store, env] of stores('data')) {
    const token = await prepareStore(env, key);
    const server = await serve({ ...env, COUNTERMARK_THREADS: threads });
    const peak = watchPeak(server.child);
    const uploaded = performance.now();
    const { id } = await upload(server.url, token, corpus);
    const received = (performance.now() - uploaded) / 1000;
    await scanned(server.url, token, id);
    const service = (performance.now() - uploaded) / 1000;
    const resident = peak() / 1024;
    await stop(server.child);
    process.stdout.write(
      `server on ${store}: ${service.toFixed(0)} s, of which ${received.toFixed(0)} s of upload, ${pace(service)}: ` +
        `${((100 * command) / service).toFixed(0)} % of the command's pace, peak ${resident.toFixed(0)} MB resident\n`,
    );
  }
  await printStarts();
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function makeKey(): Promise<WatermarkKey> {
  const tokenizer = await openTokenizer('o200k_base');
  const { vocabSize, fingerprint } = tokenizer;
  tokenizer.close();
  return new WatermarkKey(createParams({ tokenizer: { name: 'o200k_base', vocabSize, fingerprint } }));
}

/** Keeps a key in a server's store, and makes an API key. */
async function prepareStore(env: Readonly<Record<string, string>>, key: WatermarkKey): Promise<string> {
  const settings = readSettings({ ...env, COUNTERMARK_LOG_LEVEL: 'silent' });
  const store = await openStore(settings, createLogger(settings));
  await store.keys.add(key, 'bench', false);
  const { token } = await store.apiKeys.create('bench', ['scan']);
  await store.close();
  return token;
}

async function printStarts(): Promise<void> {
  for (const [store, env] of stores('starts')) {
    for (const state of store === 'PostgreSQL' ? ['there'] : ['new', 'there']) {
      const started = performance.now();
      const { child } = await serve(env);
      const seconds = (performance.now() - started) / 1000;
      await stop(child);
      process.stdout.write(`start to ready, ${store} (${state}): ${seconds.toFixed(2)} s\n`);
    }
  }
}

/** The stores to measure, with the settings of servers on them. */
function stores(name: string): [store: string, env: Record<string, string>][] {
  const found: [string, Record<string, string>][] = [
    ['an embedded database', { COUNTERMARK_DATA: join(directory, name) }],
  ];
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL !== undefined) {
    const COUNTERMARK_MASTER_KEY = Buffer.alloc(32, 1).toString('base64url');
    const COUNTERMARK_DATA = join(directory, `${name} shared`);
    found.push(['PostgreSQL', { DATABASE_URL, COUNTERMARK_MASTER_KEY, COUNTERMARK_DATA }]);
  }
  return found;
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  // Only the starts that are to be on it are.
  const { DATABASE_URL: _, ...others } = process.env;
  return spawn(process.execPath, [COMMAND, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...others, ...env },
  });
}

/** Starts a server; resolves once it is ready. */
async function serve(env: Readonly<Record<string, string>>): Promise<{ child: ChildProcess; url: string }> {
  const child = run(['serve', '--port', '0'], { COUNTERMARK_LOG_LEVEL: 'error', ...env });
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (chunk) => {
      said += String(chunk);
      const [, found] = /listening on (\S+)\n/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('close', (status) => reject(new Error(`the server ended with status ${status}`)));
  });
  while (!(await fetch(`${url}/readyz`)).ok) await sleep(10);
  return { child, url };
}

function upload(url: string, token: string, path: string): Promise<Scan> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/x-ndjson',
      'content-length': statSync(path).size,
    };
    const sent = request(`${url}/v1/scans?field=text`, { method: 'POST', headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => {
        if (response.statusCode === 202) resolve(JSON.parse(text) as Scan);
        else reject(new Error(`the upload was answered ${response.statusCode}: ${text}`));
      });
    });
    sent.on('error', reject);
    createReadStream(path, { highWaterMark: 2 ** 20 }).pipe(sent);
  });
}

async function scanned(url: string, token: string, id: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/v1/scans/${id}`, { headers: { authorization: `Bearer ${token}` } });
    const { status } = (await response.json()) as Scan;
    if (status === 'done') return;
    if (status === 'failed' || status === 'cancelled') throw new Error(`the scan ${status}`);
    await sleep(POLL_MS);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = ended(child);
  child.kill('SIGTERM');
  await gone;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.resume();
    child.once('error', reject);
    child.once('close', (status) => {
      if (status === 0) resolve();
      else reject(new Error(`the command ended with status ${status}`));
    });
  });
}
