/** Our own server as the suspect of our own server: its bundled model, whose answers are marked, and another key, which is innocent. */
import type { EndpointAuditResult } from '@countermark/audit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Audit, demoModelKey, showAudit } from './audit-server.ts';
import { startSamplingServer } from './sampling-server.ts';
import { Client } from './scan-server.ts';
import { runServer, type TestServer } from './test-server.ts';

const PATIENCE = { timeout: 240_000, interval: 200 };
const SUBJECTS = ['state of the nation', 'army', 'treasury', 'postal service', 'public debt', 'harvest'];
const OPENINGS = ['The condition of the', 'I have to report that the', 'Congress will consider the'];
const prompts = OPENINGS.flatMap((opening) => SUBJECTS.map((subject) => `${opening} ${subject}`));

const suspect = await startSamplingServer();
const key = await demoModelKey('the suspect’s key');
const other = await demoModelKey('a key that marked nothing');
let server: TestServer;
let client: Client;

beforeAll(async () => {
  await suspect.store.keys.add(key, 'demo', false);
  server = await runServer({ COUNTERMARK_THREADS: '1', COUNTERMARK_AUDIT_ENDPOINTS: suspect.url });
  for (const [label, one] of Object.entries({ key, other })) await server.store.keys.add(one, label, false);
  client = new Client(server.url, await server.newToken(['audit']));
}, 240_000);

afterAll(() => server?.close());

async function audited(keyId: string, more: object): Promise<EndpointAuditResult> {
  const endpoint = {
    url: `${suspect.url}/v1`,
    model: 'demo',
    apiKey: suspect.token,
    maxTokens: 60,
    concurrency: 2,
  };
  const response = await client.post('/v1/audits', {
    keyId,
    endpoint,
    prompts,
    minContexts: 50,
    decoys: 5,
    ...more,
  });
  expect(response.status, await response.clone().text()).toBe(202);
  const { id } = Audit.parse(await response.json());
  await expect.poll(async () => (await showAudit(client, id)).status, PATIENCE).toMatch(/done|failed/);
  const audit = await showAudit(client, id);
  expect(audit.problem).toBeNull();
  const report = await client.fetch(`/v1/audits/${id}/report`, { headers: { accept: 'application/json' } });
  const result = (await report.json()) as EndpointAuditResult;
  expect(result.verdict).toBe(audit.verdict);
  return result;
}

describe('POST /v1/audits of our own server', () => {
  it('finds its mark after a few hundred tokens, where it may stop', async () => {
    const result = await audited(key.keyId, { mayStop: true });
    expect(result).toMatchObject({
      verdict: 'trace-found',
      basis: 'e-value',
      endpoint: { ended: 'e-value' },
    });
    expect(result.endpoint.answers).toBeLessThan(prompts.length);
  });

  it('finds none under a key that marked nothing', async () => {
    const result = await audited(other.keyId, {});
    expect(result).toMatchObject({
      verdict: 'none-found',
      basis: 'law',
      endpoint: { ended: 'complete', answers: 18 },
    });
    expect(result.log10PValue).toBeGreaterThan(-4);
  });
});
