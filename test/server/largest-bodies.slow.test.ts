/** What the largest bodies cost that the settings allow: each route ends at the first fault, and looks into nothing that is too long. */
import { performance } from 'node:perf_hooks';
import { beforeAll, describe, expect, it } from 'vitest';
import { bodySchema, LargeBodies, takingJson } from './large-bodies.ts';
import { fetchDocument, fillPath, type Operation } from './openapi-document.ts';
import { type PreparedServer, startPreparedServer } from './test-server.ts';

const MOST_BYTES = 2 ** 20;
/** How often a body's own parsing the event loop may be busy with it; an issue for each element took some 200 times. */
const MOST_TIMES = 30;
const TRIES = 20;

let server: PreparedServer;
let bodies: LargeBodies;
let posts: readonly Operation[];
let keyId: string;

beforeAll(async () => {
  server = await startPreparedServer({
    COUNTERMARK_SCAN_WORKER: '0',
    COUNTERMARK_MAX_BODY_BYTES: String(MOST_BYTES),
  });
  const document = await fetchDocument(server.url);
  posts = takingJson(document.operations);
  keyId = (await server.store.keys.list())[0]?.keyId ?? '';
  bodies = new LargeBodies(document.schemas, keyId, MOST_BYTES);
});

/** Milliseconds that the event loop was busy. */
async function busyMs(work: () => unknown): Promise<number> {
  const before = performance.eventLoopUtilization();
  await work();
  return performance.eventLoopUtilization(before).active;
}

async function expectCheap(path: string, body: string, what: string): Promise<void> {
  expect(body.length).toBeLessThanOrEqual(MOST_BYTES);
  const send = (): Promise<unknown> =>
    server.call(path, {
      method: 'POST',
      token: server.adminToken,
      raw: body,
      headers: { 'content-type': 'application/json' },
    });
  const times: number[] = [];
  for (let i = 0; i < TRIES; i++) {
    const started = performance.now();
    JSON.parse(body);
    const parseMs = performance.now() - started;
    // A millisecond or two are those of any request.
    times.push((await busyMs(send)) / (parseMs + 2));
    if (Math.min(...times) <= MOST_TIMES) return;
  }
  expect(Math.min(...times), `${path} ${what}`).toBeLessThanOrEqual(MOST_TIMES);
}

const pathOf = (operation: Operation): string => fillPath(operation, () => keyId);

describe('a body as large as it may be', () => {
  it('costs little where any array of any route has members that are wrong or too many', async () => {
    const found = posts.flatMap((operation) =>
      bodies.holes(bodySchema(operation)).map((hole) => ({ path: pathOf(operation), hole })),
    );
    const places = found.map(({ path, hole }) => path + hole.at);
    expect(places).toEqual(
      expect.arrayContaining([
        '/v1/detections.tokenIds',
        '/v1/detections.keyIds',
        '/v1/detections.accounts.ids',
        '/v1/chat/completions.messages',
        '/v1/completions.stop',
        '/v1/watermark/sample.sequences[].context',
        '/v1/watermark/sample.sequences[].logits',
        '/v1/scans.inputs',
        '/v1/scans.accounts.ids',
      ]),
    );
    for (const { path, hole } of found) {
      for (const member of ['""', '{}', '0', '[]']) {
        await expectCheap(path, bodies.filled(hole, member), `${hole.at}: ${member}`);
      }
    }
  });

  it('costs little where it has fields that nobody knows, or one string', async () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `"${i.toString(36)}":0`).join(',');
    for (const operation of posts) {
      const path = pathOf(operation);
      await expectCheap(path, `{${names}}`, 'unknown fields');
      await expectCheap(path, `"${'x'.repeat(MOST_BYTES - 2)}"`, 'a string');
      const { properties = {} } = bodies.resolved(bodySchema(operation));
      for (const name of Object.keys(properties)) {
        const [before, after] = [`{"${name}":"`, '"}'];
        const long = 'x'.repeat(MOST_BYTES - before.length - after.length);
        await expectCheap(path, before + long + after, name);
      }
    }
  });

  it('is refused by its length before its members are looked at', async () => {
    const keyIds = Array.from({ length: 1001 }, () => -1);
    const { status, json } = await server.call('/v1/detections', { method: 'POST', body: { keyIds } });
    expect({ status, json }).toMatchObject({
      status: 422,
      json: { limit: { name: 'COUNTERMARK_MAX_KEYS', value: 1000 }, error: { param: 'keyIds' } },
    });
  });

  it('is told of the first of its members that is wrong, and of no other', async () => {
    const { status, json } = await server.call('/v1/detections', {
      method: 'POST',
      body: { tokenIds: [1, 2, -1, 'wrong', null], regions: 'wrong' },
    });
    expect(status).toBe(400);
    const { detail, error } = json as { detail: string; error: { param: string } };
    expect(detail.match(/"[\w.]+"/g)).toEqual(['"tokenIds.2"', '"regions"']);
    expect(error.param).toBe('tokenIds.2');
  });
});
