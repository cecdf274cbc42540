/** The whole way: the command, our own server as the suspect, and the bundled model, whose answers are marked. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EndpointAuditResult } from '@countermark/audit';
import { formatKeyFile, seededRandom, WatermarkKey } from '@countermark/watermark';
import { beforeAll, describe, expect, it } from 'vitest';
import { runJson } from '../../cli/command.ts';
import { demoKey, makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { startSamplingServer } from '../../server/sampling-server.ts';
import { openDemo } from '../../support/demo.ts';
import { secretFrom } from '../../support/random-key.ts';

const SUBJECTS = [
  'state of the nation',
  'army',
  'treasury',
  'postal service',
  'public debt',
  'harvest of this year',
];
const OPENINGS = [
  'The condition of the',
  'I have to report that the',
  'Nothing has been heard of the',
  'Congress will consider the',
];

const directory = makeDirectory();
const path = (name: string): string => join(directory, name);
const demo = await openDemo();
const server = await startSamplingServer();
const key = new WatermarkKey(demo.params(), secretFrom(seededRandom('audited server')));
await server.store.keys.add(key, 'demo', false);
await demo.close();

const keyFile = path('vendor.key');
const otherFile = path('other.key');
const token = path('token');
const prompts = path('prompts.jsonl');

beforeAll(async () => {
  writeFileSync(keyFile, formatKeyFile(key), { mode: 0o600 });
  writeKey(otherFile, await demoKey(0x55));
  writeFileSync(token, server.token, { mode: 0o600 });
  const lines = OPENINGS.flatMap((opening) =>
    SUBJECTS.map((subject) => JSON.stringify(`${opening} ${subject}`)),
  );
  writeFileSync(prompts, lines.map((line) => `${line}\n`).join(''));
});

async function audit(name: string, ...more: readonly string[]): Promise<EndpointAuditResult> {
  const asked = [
    '--endpoint',
    `${server.url}/v1`,
    '--model',
    'demo',
    '--prompts',
    prompts,
    '--api-key-file',
    token,
  ];
  const args = ['--min-contexts', '50', '--decoys', '5', '--concurrency', '2', '--format', 'json'];
  return (await runJson([
    'audit',
    ...asked,
    ...args,
    '--journal',
    path(`${name}.journal`),
    ...more,
  ])) as EndpointAuditResult;
}

describe('our own server as the suspect', () => {
  it('is found to be the marked model after a few hundred tokens', async () => {
    const result = await audit('marked', '--key', keyFile, '--stop', '--max-tokens', '80');
    expect(result).toMatchObject({
      verdict: 'trace-found',
      basis: 'e-value',
      endpoint: { ended: 'e-value', model: 'demo' },
    });
    expect(result.counts.tokens).toBeLessThan(800);
    expect(result.endpoint.answers).toBeLessThan(12);
  });

  it('is not found under another key, nor where it draws without the mark', async () => {
    const other = await audit('other', '--key', otherFile, '--api', 'completions', '--max-tokens', '40');
    expect(other).toMatchObject({
      verdict: 'none-found',
      basis: 'law',
      endpoint: { ended: 'complete', answers: 24 },
    });
    expect(other.log10PValue).toBeGreaterThan(-4);
    // The likeliest tokens carry no mark of this scheme.
    const greedy = await audit('greedy', '--key', keyFile, '--temperature', '0', '--max-tokens', '40');
    expect(greedy).toMatchObject({ verdict: 'none-found', endpoint: { ended: 'complete' } });
  });

  it.each(['chat', 'completions'])('has its lists mapped to the key’s tokens, by %s', async (api) => {
    const result = await audit(
      `lists ${api}`,
      '--key',
      keyFile,
      '--api',
      api,
      '--logprobs',
      '5',
      '--max-tokens',
      '40',
    );
    const { lists, broken, positions, listedMass, mappedMass } = result.endpoint.mapping;
    expect(broken).toBe(0);
    expect(lists).toBe(result.endpoint.spent.output);
    // The tokenizer is the key's own, but a text may be cut in another way than it was written.
    expect(positions / lists).toBeGreaterThan(0.9);
    expect(mappedMass / listedMass).toBeGreaterThan(0.9);
    expect(result.counts.words).toBeGreaterThan(2 * result.counts.contexts);
    // It lists what the model gives before the mark, and the model was not trained on marked text.
    expect(result.verdict).toBe('none-found');
  });
});
