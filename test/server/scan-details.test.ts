/** Requests for scans at their edges. */
import { WatermarkKey } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { openDemo } from '../support/demo.ts';
import { startTestServer } from './test-server.ts';

const demo = await openDemo();
const server = await startTestServer({ COUNTERMARK_SCAN_WORKER: '0', COUNTERMARK_MODEL: 'none' });
await server.store.keys.add(new WatermarkKey(demo.params()), 'scans', false);
await demo.close();
const token = await server.newToken(['scan']);

describe('GET /v1/scans', () => {
  it('answers 400 to a cursor of a time that there is not', async () => {
    const uuid = '00000000-0000-4000-8000-000000000000';
    for (const [time, status] of [
      ['999999999999999', 400],
      ['253402300800000', 400],
      ['253402300799999', 200],
    ] as const) {
      expect((await server.call(`/v1/scans?after=${time}-${uuid}`, { token })).status).toBe(status);
    }
  });
});

describe('POST /v1/scans with a form', () => {
  const upload = async (names: readonly string[]) => {
    const form = new FormData();
    for (const name of names) form.append('file', new Blob(['{"text":"a"}\n']), name);
    const response = await fetch(`${server.url}/v1/scans`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: form,
    });
    return { status: response.status, json: await response.json() };
  };

  it('takes files whose names differ in letters that are not kept, and refuses one name twice', async () => {
    expect((await upload(['語料.jsonl', '文書.jsonl', '__.jsonl'])).status).toBe(202);
    expect((await upload(['語料.jsonl', '語料.jsonl'])).status).toBe(422);
  });
});
