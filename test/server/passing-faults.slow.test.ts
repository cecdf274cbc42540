import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CorpusError } from '@countermark/corpus';
import { type ScanOutcome, ShardRunner } from '@countermark/corpus/driver';
import type { ScanCounter } from '@countermark/corpus/internal';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PATIENCE_MS } from '../cli/command.ts';
import {
  type Client,
  resultOf,
  type Scan,
  type ScanServer,
  startScanServer,
  vendorKey,
  writeFiles,
} from './scan-server.ts';

const SHARDS = 3;
const key = vendorKey();
const directory = realpathSync(mkdtempSync(join(tmpdir(), 'countermark-passing-')));
let server: ScanServer;
let client: Client;

beforeAll(async () => {
  writeFiles(directory, key, SHARDS, 5);
  server = await startScanServer({ COUNTERMARK_SCAN_ROOTS: directory, COUNTERMARK_THREADS: '1' });
  await server.store.keys.add(key, 'vendor', false);
  client = await server.client();
}, PATIENCE_MS);

afterEach(() => {
  vi.restoreAllMocks();
});

afterAll(async () => {
  await server?.close();
  rmSync(directory, { recursive: true });
});

const submit = (): Promise<Scan> =>
  client.submit({ inputs: [directory], keyIds: [key.keyId], options: { idsField: 'ids' } });
const codeError = (code: string): Error => Object.assign(new Error('injected'), { code });

/** Has the first list of shards fail after its first shard; returns the lists that were asked for. */
function failOnce(error: Error): number[][] {
  const lists: number[][] = [];
  const run = ShardRunner.prototype.run;
  vi.spyOn(ShardRunner.prototype, 'run').mockImplementation(async function (
    this: ShardRunner<ScanOutcome, ScanCounter>,
    shards,
    options,
  ) {
    lists.push([...shards]);
    if (lists.length > 1) return run.call(this, shards, options);
    await run.call(this, shards.slice(0, 1), options);
    throw error;
  });
  return lists;
}

describe('a scan of a server', () => {
  it.each([
    ['a source', new CorpusError('unreadable', 'the server answers 503', { passing: {} })],
    ['a full disk', codeError('ENOSPC')],
    ['PostgreSQL', codeError('57P01')],
  ])('waits where %s fails for a moment, keeps what was done, and gives the same bytes', async (_, error) => {
    const undisturbed = await submit();
    await client.ended(undisturbed.id);
    const lists = failOnce(error);
    const { id } = await submit();
    expect(await client.ended(id)).toMatchObject({ status: 'done', problem: null });
    expect(lists.length).toBeGreaterThan(1);
    expect(lists.slice(1).flat()).not.toContain(lists[0]?.[0]);
    const results = [undisturbed.id, id].map((scan) => resultOf(join(server.data, 'scans', scan)));
    expect(results[1]).toEqual(results[0]);
  });

  it('fails at once where a source has failed for good', async () => {
    const lists = failOnce(new CorpusError('unreadable', 'the server answers 404'));
    const { id } = await submit();
    expect(await client.ended(id)).toMatchObject({ status: 'failed', problem: 'the server answers 404' });
    expect(lists).toHaveLength(1);
  });
});
