/** How a scan has to end whose server's database loses a call. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS } from '../cli/command.ts';
import { FailingDatabase } from '../support/failing-database.ts';
import {
  type Client,
  resultOf,
  type Scan,
  type ScanServer,
  startScanServer,
  vendorKey,
  writeFiles,
} from './scan-server.ts';

/** More than are jobs of their own, so that some jobs have two. */
const SHARDS = 9;
const DOCUMENTS = 2;
const AT_ONCE = 10;

describe('a scan whose database loses a statement, a transaction, or the word that one is through', () => {
  const key = vendorKey();
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'countermark-lost-')));
  let server: ScanServer;
  let client: Client;
  let failing: FailingDatabase;

  beforeAll(async () => {
    writeFiles(directory, key, SHARDS, DOCUMENTS);
    server = await startScanServer({ COUNTERMARK_SCAN_ROOTS: directory });
    await server.store.keys.add(key, 'vendor', false);
    client = await server.client();
    failing = new FailingDatabase(server.store.database);
  }, PATIENCE_MS);

  afterAll(async () => {
    await server?.close();
    rmSync(directory, { recursive: true });
  });

  const submit = (failAt: number): Promise<Scan> => {
    failing.failNextScanAt(failAt);
    return client.submit({ inputs: [directory], keyIds: [key.keyId], options: { idsField: 'ids' } });
  };

  it('ends with the bytes of one that was not disturbed, whichever is lost', async () => {
    const { id: undisturbed } = await submit(0);
    expect(await client.ended(undisturbed)).toMatchObject({ status: 'done' });
    const expected = resultOf(join(server.data, 'scans', undisturbed));
    // How many calls a scan makes depends on what runs beside it: it ends where a round of scans made fewer calls than were to be lost.
    let lost = 0;
    let allMet = true;
    while (allMet) {
      const scans: { readonly lost: number; readonly id: string }[] = [];
      // Last shards wait for the first shards of all scans: a few scans at a time.
      for (let i = 0; i < AT_ONCE; i++) {
        lost++;
        scans.push({ lost, id: (await submit(lost)).id });
      }
      for (const { lost, id } of scans) {
        const scan = await client.ended(id, PATIENCE_MS);
        expect(scan, `call ${lost} was lost`).toMatchObject({
          status: 'done',
          progress: { shards: SHARDS, finished: SHARDS, documents: SHARDS * DOCUMENTS },
        });
        expect(resultOf(join(server.data, 'scans', id)), `call ${lost} was lost`).toEqual(expected);
      }
      allMet = scans.every(({ lost, id }) => failing.callsOf(id) >= lost);
    }
    // Each shard is taken, done and written at least.
    expect(lost).toBeGreaterThanOrEqual(3 * SHARDS);
  }, 1_800_000);
});
