/** A server as a process of its own, the clock of whose machine somebody sets: libfaketime stands for that. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run } from '../cli/command.ts';
import { missingProgram } from '../support/debian.ts';
import { Client, corpusLines, resultOf, vendorKey, writeFiles } from './scan-server.ts';
import { fillStore, type ServeProcess, startProcess } from './serve-process.ts';

const DAY_S = 86_400;

function library(): string | undefined {
  return readdirSync('/usr/lib')
    .map((name) => join('/usr/lib', name, 'faketime', 'libfaketimeMT.so.1'))
    .find(existsSync);
}
const missing = missingProgram(() => library() !== undefined, ['libfaketime']);

describe.skipIf(missing !== undefined)(`a server whose clock is set (${missing ?? 'libfaketime'})`, () => {
  const key = vendorKey();
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'countermark-clock-')));
  const [data, corpus, offset] = ['data', 'corpus', 'offset'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  const random = seededRandom('set clock');
  const tokenIds = Array.from({ length: 300 }, () => Math.floor(1000 * random()));
  let server: ServeProcess;
  let client: Client;
  let env: Record<string, string>;

  beforeAll(async () => {
    mkdirSync(data);
    writeFiles(corpus, key, 6, 40);
    writeFileSync(offset, '+0');
    env = {
      COUNTERMARK_DATA: data,
      COUNTERMARK_THREADS: '1',
      COUNTERMARK_SCAN_ROOTS: corpus,
      COUNTERMARK_PUBLIC_BUDGET: '3',
      COUNTERMARK_RETENTION_HOURS: '1',
      COUNTERMARK_LOG_LEVEL: 'warn',
    };
    const token = await fillStore(env, key, ['scan', 'detect', 'engine', 'admin']);
    server = await startProcess('serve', data, {
      ...env,
      LD_PRELOAD: library() ?? '',
      FAKETIME_TIMESTAMP_FILE: offset,
      FAKETIME_NO_CACHE: '1',
      // Whoever sets a clock sets neither what counts from the start of the machine nor the times of files.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
      FAKE_UTIME: '0',
    });
    client = new Client(server.url, token);
  }, PATIENCE_MS);

  afterAll(async () => {
    await server?.end('SIGTERM');
    rmSync(directory, { recursive: true, force: true });
  });

  /** Sets the server's clock, so many seconds from the true time, and waits until it shows. */
  async function setClock(seconds: number): Promise<void> {
    writeFileSync(`${offset}.new`, seconds < 0 ? String(seconds) : `+${seconds}`);
    rmSync(offset);
    writeFileSync(offset, readFileSync(`${offset}.new`));
    // The date of an answer is kept for up to a second.
    const off = async (): Promise<number> => {
      const { headers } = await client.fetch('/healthz');
      return Math.abs(Date.parse(headers.get('date') ?? '') - Date.now() - 1000 * seconds);
    };
    await expect.poll(off, { timeout: 60_000 }).toBeLessThan(30_000);
  }

  const detect = async (): Promise<unknown> => {
    const response = await client.post('/v1/detections', { tokenIds, keyIds: [key.keyId] });
    expect(response.status).toBe(200);
    // Each result that is kept has a name of its own.
    const { id: _, ...rest } = (await response.json()) as { id: string };
    return rest;
  };
  const sample = async (by: object): Promise<number> =>
    (
      await client.post('/v1/watermark/sample', {
        ...by,
        sequences: [{ context: [1], generated: 0, tokenIds: [1, 2], logits: [0, 0] }],
      })
    ).status;
  // Another text each time, so that it is the budget that refuses.
  const testAsPublic = async (): Promise<Response> =>
    fetch(`${server.url}/v1/detections`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tokenIds: tokenIds.map(() => Math.floor(1000 * random())) }),
    });

  it('forth and back by days answers the same, and lets nobody in or out for it', async () => {
    const before = await detect();
    expect(await client.fetch('/v1/keys').then(({ status }) => status)).toBe(200);
    const made = await client.post('/v1/keys', { label: 'public', tokenizer: 'demo', public: true });
    expect(made.status).toBe(201);
    for (let i = 0; i < 3; i++) expect((await testAsPublic()).status).toBe(200);
    for (const seconds of [DAY_S, 0, -2 * DAY_S, 400 * DAY_S, 0]) {
      await setClock(seconds);
      const refused = await testAsPublic();
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(3600);
      expect(await sample({ keyId: key.keyId })).toBe(200);
      expect(await detect()).toEqual(before);
      expect((await client.fetch('/readyz')).status).toBe(200);
    }
  }, 900_000);

  it('leaves a key that was rotated its time of grace, no less and no more', async () => {
    const made = await client.post('/v1/keys', { label: 'rotated', tokenizer: 'demo' });
    const { keyId } = (await made.json()) as { keyId: string };
    expect(await sample({ keyId })).toBe(200);
    expect((await client.post(`/v1/keys/${keyId}/rotate`, {})).status).toBe(201);
    // The server asks about it within a second.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await sample({ keyId })).toBe(200);
    await setClock(DAY_S);
    expect(await sample({ keyId })).toBe(200);
    await setClock(-DAY_S);
    expect(await sample({ keyId })).toBe(200);
    // A minute by no clock that anybody sets.
    await expect.poll(() => sample({ keyId }), { timeout: 240_000, interval: 1000 }).toBe(409);
    await setClock(0);
  }, 900_000);

  it('ends scans with the very result of an undisturbed one, also those that were queued before the clock was set back', async () => {
    const scan = {
      inputs: [corpus],
      options: { idsField: 'ids', decoys: 60, seed: '6'.repeat(64) },
      keyIds: [key.keyId],
    };
    const undisturbed = await client.submit(scan);
    expect(await client.ended(undisturbed.id)).toMatchObject({ status: 'done' });
    const expected = resultOf(join(data, 'scans', undisturbed.id));
    for (const steps of [
      [DAY_S, -DAY_S],
      [-3 * DAY_S, 0],
    ]) {
      const running = await client.submit(scan);
      const queued = await client.submit(scan);
      for (const seconds of steps) await setClock(seconds);
      for (const { id } of [running, queued]) {
        expect(await client.ended(id)).toMatchObject({ status: 'done', problem: null });
        expect(resultOf(join(data, 'scans', id))).toEqual(expected);
      }
    }
    // An upload is no older for it.
    const upload = await client.upload(corpusLines(key, 20, 'upload'), `idsField=ids&keyIds=${key.keyId}`);
    const { id } = (await upload.json()) as { id: string };
    await setClock(-DAY_S);
    expect(await client.ended(id)).toMatchObject({ status: 'done' });
    await setClock(0);
  }, 900_000);

  it('keeps its data directory', async () => {
    const { status, stderr } = await run(['serve', '--port', '0', '--data', data], { env });
    expect([status, stderr]).toEqual([2, expect.stringMatching(/in use by process/)]);
    expect((await client.post('/v1/keys', { label: 'still-its-own', tokenizer: 'demo' })).status).toBe(201);
  });
});
