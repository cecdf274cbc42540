/** An audit of a real process that is killed, or told to stop, while it asks: it goes on, and nothing is asked or counted twice. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EndpointAuditResult } from '@countermark/audit';
import { formatKeyFile } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, runJson } from '../cli/command.ts';
import { type ScriptedEndpoint, startEndpoint } from '../support/scripted-endpoint.ts';
import {
  type Audit,
  Audit as AuditSchema,
  demoModelKey,
  innocent,
  newAudit,
  showAudit,
} from './audit-server.ts';
import type { Client } from './scan-server.ts';
import { clientOf, fillStore, type ServeProcess, startProcess } from './serve-process.ts';

const PROMPTS = 24;
const SECRET = 'sk-restart-0123456789';
const PATIENCE = { timeout: 240_000, interval: 50 };
const key = await demoModelKey('audits and restarts');
const directory = realpathSync(mkdtempSync(join(tmpdir(), 'countermark-audit-restart-')));
const data = join(directory, 'data');

let endpoint: ScriptedEndpoint;
/** From this request of the endpoint on, none is answered until it is let go. */
let heldFrom = Number.POSITIVE_INFINITY;
let letGo: (() => void)[] = [];
let token: string;
let server: ServeProcess;
let client: Client;
let log = '';
let env: Record<string, string>;

function goOn(): void {
  heldFrom = Number.POSITIVE_INFINITY;
  for (const release of letGo.splice(0)) release();
}

async function restart(signal?: 'SIGKILL' | 'SIGTERM'): Promise<number | undefined> {
  const status = signal && (await server.end(signal));
  if (signal !== undefined) log += server.log();
  server = await startProcess('serve', data, env);
  client = clientOf(server, token);
  return status;
}

async function submit(): Promise<Audit> {
  const body = newAudit(endpoint.url, key.keyId, PROMPTS, {
    endpoint: { apiKey: SECRET, concurrency: 3, seed: 5 },
  });
  const response = await client.post('/v1/audits', body);
  expect(response.status).toBe(202);
  return AuditSchema.parse(await response.json());
}

/** Waits until seven were answered, and as many are held as are asked for at once. */
async function held(from: number): Promise<void> {
  await expect.poll(() => endpoint.asked.length - from, PATIENCE).toBe(10);
}

async function ended(id: string): Promise<Audit> {
  await expect.poll(async () => (await showAudit(client, id)).status, PATIENCE).toMatch(/done|failed/);
  return showAudit(client, id);
}

async function resultOf(id: string): Promise<EndpointAuditResult> {
  const response = await client.fetch(`/v1/audits/${id}/report`, { headers: { accept: 'application/json' } });
  expect(response.status).toBe(200);
  return (await response.json()) as EndpointAuditResult;
}

beforeAll(async () => {
  endpoint = await startEndpoint(async (asked) => {
    if (asked.number >= heldFrom) await new Promise<void>((resolve) => letGo.push(resolve));
    return innocent(asked);
  });
  env = {
    COUNTERMARK_DATA: data,
    COUNTERMARK_THREADS: '1',
    COUNTERMARK_AUDIT_ENDPOINTS: endpoint.url,
    COUNTERMARK_DRAIN_NOTICE_MS: '0',
    COUNTERMARK_DRAIN_MS: '2000',
  };
  token = await fillStore(env, key, ['audit']);
  await restart();
}, PATIENCE_MS);

afterAll(async () => {
  goOn();
  await server?.end('SIGKILL');
  await endpoint?.close();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

describe('countermark serve', () => {
  it.each([
    ['SIGKILL', 137],
    ['SIGTERM', 0],
  ] as const)(
    'goes on with an audit after %s, pays for no answer twice, and finds what the command finds',
    async (signal, status) => {
      const first = endpoint.asked.length;
      heldFrom = first + 7;
      letGo = [];
      const { id } = await submit();
      await held(first);
      const journal = join(data, 'audits', id, 'audit.journal');
      const kept = readFileSync(journal, 'utf8').match(/"kind":"answer"/g)?.length ?? 0;
      expect(kept).toBe(7);
      expect(await restart(signal)).toBe(status);
      goOn();
      const audit = await ended(id);
      expect(audit).toMatchObject({ status: 'done', verdict: 'none-found', progress: { settled: PROMPTS } });
      // Those that were in flight are asked again, and no other.
      const prompts = endpoint.asked.slice(first).map(({ prompt }) => prompt);
      expect(new Set(prompts).size).toBe(PROMPTS);
      const again = prompts.length - PROMPTS;
      expect(again).toBeGreaterThan(0);
      expect(again).toBeLessThanOrEqual(3);
      const lines = readFileSync(journal, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { kind: string; answer?: number });
      const answers = lines.flatMap(({ kind, answer }) => (kind === 'answer' ? [answer] : []));
      expect(answers.toSorted((a = 0, b = 0) => a - b)).toEqual(Array.from({ length: PROMPTS }, (_, i) => i));
      const result = await resultOf(id);
      // What was in flight when it was killed counts as spent.
      expect(result.endpoint.spent.requests).toBe(prompts.length);
      expect(audit.progress.spent.requests).toBe(prompts.length);

      // The command says the same of the same questions.
      const paths = {
        key: join(directory, 'vendor.key'),
        prompts: join(directory, 'prompts.jsonl'),
        token: join(directory, 'token'),
      };
      writeFileSync(paths.key, formatKeyFile(key), { mode: 0o600 });
      writeFileSync(paths.token, SECRET, { mode: 0o600 });
      writeFileSync(paths.prompts, readFileSync(join(data, 'audits', id, 'prompts.jsonl')));
      const asked = [
        '--endpoint',
        endpoint.url,
        '--model',
        'suspect',
        '--prompts',
        paths.prompts,
        '--api-key-file',
        paths.token,
      ];
      const test = [
        '--min-contexts',
        '10',
        '--decoys',
        '3',
        '--alpha',
        '1e-3',
        '--max-tokens',
        '60',
        '--seed',
        '5',
      ];
      const byCommand = (await runJson([
        'audit',
        '--key',
        paths.key,
        ...asked,
        ...test,
        '--format',
        'json',
        '--journal',
        join(directory, `${signal}.journal`),
      ])) as EndpointAuditResult;
      const comparable = ({ finding, endpoint: of, ...rest }: EndpointAuditResult): unknown => ({
        ...rest,
        finding: { ...finding, inputs: finding.inputs?.map(({ sha256 }) => sha256) },
        endpoint: { ...of, spent: null },
      });
      expect(comparable(result)).toEqual(comparable(byCommand));
    },
  );

  it('logs no secret of an endpoint', () => {
    log += server.log();
    expect(log).toContain('"route":"/v1/audits"');
    expect(log.includes(SECRET)).toBe(false);
  });
});
