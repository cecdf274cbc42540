import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOSTILE_TEXTS } from './hostile-requests.ts';
import { HostileClient } from './send-hostile.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const roots = realpathSync(mkdtempSync(join(tmpdir(), 'countermark-hostile-')));
const corpus = join(roots, 'corpus.jsonl');
writeFileSync(corpus, '{"text":"a"}\n');

let server: TestServer;
let client: HostileClient;
let token: string;

beforeAll(async () => {
  server = await startTestServer({
    COUNTERMARK_THREADS: '1',
    COUNTERMARK_SCAN_WORKER: '0',
    COUNTERMARK_SCAN_ROOTS: roots,
  });
  client = await HostileClient.open(server);
  token = await server.newToken(['sample', 'engine', 'scan', 'trace', 'admin', 'detect']);
}, 60_000);

afterAll(() => rmSync(roots, { recursive: true, force: true }));

async function statusOf(path: string, body: unknown): Promise<number> {
  return (await server.call(path, { method: 'POST', token, body })).status;
}

/** Whether PostgreSQL can keep a text. */
function isKept(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text);
}

describe('whatever is as documented', () => {
  it('is answered as documented', async () => {
    expect(await client.send(150, 1)).toBe(150);
  });

  it.each(HOSTILE_TEXTS.filter((text) => text.length <= 64).map((text) => [JSON.stringify(text), text]))(
    'is refused where it names by %s what is not there',
    async (_, name) => {
      const sequences = [{ context: [1], generated: 0, tokenIds: [1], logits: [0] }];
      expect(await statusOf('/v1/watermark/sample', { label: name, sequences })).toBe(404);
      expect(await statusOf('/v1/completions', { model: name, prompt: 'a' })).toBe(404);
      expect(await statusOf('/v1/tokenize', { tokenizer: name, text: 'a' })).toBe(422);
      const [beside, below] = isKept(name) ? [403, 422] : [400, 400];
      expect(await statusOf('/v1/scans', { inputs: [name] })).toBe(beside);
      expect(await statusOf('/v1/scans', { inputs: [`${roots}/no${name}`] })).toBe(below);
    },
  );

  it.each(HOSTILE_TEXTS.filter((text) => text.length <= 64).map((text) => [JSON.stringify(text), text]))(
    'is kept, or refused, where a scan is asked for with %s',
    async (_, name) => {
      const options = { field: name, idField: name, roles: [name] };
      const body = { inputs: [corpus], options, accounts: { ids: [`account ${name}`] } };
      expect(await statusOf('/v1/scans', body)).toBe(isKept(name) ? 202 : 400);
    },
  );
});
