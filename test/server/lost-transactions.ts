/** Scans of a server whose database loses a call, and how such a scan has to end. */
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

/**
 * Describes scans each of which loses another call.
 */
export function describeLostCalls(what: string): void {
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

  describe(`a scan whose database loses ${what}`, () => {
    it('ends with the bytes of one that was not disturbed, whichever is lost', async () => {
      const { id: undisturbed } = await submit(0);
      expect(await client.ended(undisturbed)).toMatchObject({ status: 'done' });
      const expected = resultOf(join(server.data, 'scans', undisturbed));
      const calls = failing.callsOf(undisturbed);
      expect(calls).toBeGreaterThanOrEqual(SHARDS);
      const tried = Array.from({ length: calls }, (_, i) => i + 1);
      // Last shards wait for the first shards of all scans: a few scans at a time.
      for (let from = 0; from < tried.length; from += AT_ONCE) {
        const scans: { readonly lost: number; readonly id: string }[] = [];
        for (const lost of tried.slice(from, from + AT_ONCE))
          scans.push({ lost, id: (await submit(lost)).id });
        for (const { lost, id } of scans) {
          const scan = await client.ended(id, PATIENCE_MS);
          expect(scan, `call ${lost} was lost`).toMatchObject({
            status: 'done',
            progress: { shards: SHARDS, finished: SHARDS, documents: SHARDS * DOCUMENTS },
          });
          expect(resultOf(join(server.data, 'scans', id)), `call ${lost} was lost`).toEqual(expected);
          expect(failing.callsOf(id)).toBeGreaterThanOrEqual(lost);
        }
      }
    }, 900_000);
  });
}
