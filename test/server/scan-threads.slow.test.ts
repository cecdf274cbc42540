import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PATIENCE_MS } from '../cli/command.ts';
import {
  type Client,
  type Scan,
  type ScanServer,
  startScanServer,
  vendorKey,
  writeFiles,
} from './scan-server.ts';

/** Of each scan; more than a worker of one thread takes at a time. */
const SHARDS = 7;
const key = vendorKey();
const directory = realpathSync(mkdtempSync(join(tmpdir(), 'countermark-threads-')));
const corpora = [join(directory, 'one'), join(directory, 'other')];
let test: ScanServer;
let client: Client;
let started = 0;
let running = 0;

const count = (worker: Worker): void => {
  started++;
  running++;
  worker.once('exit', () => {
    running--;
  });
};

const submit = (inputs: string): Promise<Scan> =>
  client.submit({ inputs: [inputs], keyIds: [key.keyId], options: { idsField: 'ids' } });

beforeAll(async () => {
  for (const corpus of corpora) writeFiles(corpus, key, SHARDS, 5);
  test = await startScanServer({ COUNTERMARK_THREADS: '1', COUNTERMARK_SCAN_ROOTS: directory });
  await test.store.keys.add(key, 'vendor', false);
  client = await test.client();
  process.on('worker', count);
}, PATIENCE_MS);

beforeEach(() => {
  started = 0;
});

afterAll(async () => {
  process.off('worker', count);
  await test?.close();
  rmSync(directory, { recursive: true });
});

describe('a server that scans', () => {
  it('starts its threads once a scan, and ends them with its shards', async () => {
    const [corpus = ''] = corpora;
    const { id } = await submit(corpus);
    expect(await client.ended(id)).toMatchObject({ status: 'done', progress: { finished: SHARDS } });
    // One that scans and one that merges.
    expect(started).toBe(2);
    await vi.waitFor(() => expect(running).toBe(0), PATIENCE_MS);
  });

  it('leaves none behind where scans take turns', async () => {
    const scans = await Promise.all(corpora.map(submit));
    for (const { id } of scans) {
      expect(await client.ended(id)).toMatchObject({ status: 'done', progress: { finished: SHARDS } });
    }
    await vi.waitFor(() => expect(running).toBe(0), PATIENCE_MS);
  });
});
