/** A backup that is made while the server runs, and what is restored from it. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../cli/command.ts';
import { makeDirectory } from '../cli/fixtures.ts';
import { Client, corpusLines, vendorKey } from './scan-server.ts';
import { runServer, startPreparedServer, type TestServer } from './test-server.ts';

const directory = makeDirectory();
const file = join(directory, 'countermark.backup.gz');
const server = await startPreparedServer({ COUNTERMARK_RETENTION_HOURS: '1' });
const token = server.adminToken;

/** Lets the model answer; returns the text. */
async function generate(at: TestServer, apiKey: string): Promise<string> {
  const body = { model: 'demo', prompt: 'The state of the nation is', max_tokens: 400, seed: 1 };
  const { status, json } = await at.call('/v1/completions', { token: apiKey, method: 'POST', body });
  expect(status).toBe(200);
  return (json as { choices: { text: string }[] }).choices[0]!.text;
}

const detect = async (at: TestServer, apiKey: string, text: string) =>
  (await at.call('/v1/detections', { token: apiKey, method: 'POST', body: { text } })).json as {
    verdict: string;
    id: string;
    keys: { keyId: string }[];
  };

let marked = '';
let gateway = '';
let detectionId = '';
let keyId = '';

beforeAll(async () => {
  marked = await generate(server, token);
  gateway = await server.newToken(['detect', 'sample'], 'acme');
  const made = await detect(server, gateway, marked);
  expect(made.verdict).toBe('detected');
  detectionId = made.id;
  keyId = made.keys[0]!.keyId;
  // More rows than are read at once, and what is hard to write.
  const { accounts, apiKeys, database } = server.store;
  await accounts.add(['reader-1', 'reader-2']);
  await accounts.remove(['reader-2']);
  for (let i = 0; i < 250; i++) await apiKeys.create(`"${i}"\t\\ é 漢 😀\n`, ['scan']);
  await database.query(
    `insert into countermark.scans (id, tenant, status, request) values ('00000000-0000-4000-8000-000000000001', 'acme', 'scanning', '{}')`,
  );
  // Made while others write: whoever is told of one state.
  let isDone = false;
  const others = (async () => {
    while (!isDone) {
      await apiKeys.create('meanwhile', ['scan']);
      // The embedded database answers within the turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const response = await fetch(new URL('/v1/backup', server.url), {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-disposition')).toMatch(
    /^attachment; filename="countermark-.*\.backup\.gz"$/,
  );
  writeFileSync(file, Buffer.from(await response.arrayBuffer()));
  isDone = true;
  await others;
}, 300_000);

const linesOf = (path: string): string[] => gunzipSync(readFileSync(path)).toString().trimEnd().split('\n');

/** A data directory with the server's master key. */
function newData(name: string): string {
  const data = join(directory, name);
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(join(data, 'master.key'), readFileSync(join(server.data, 'master.key')), { mode: 0o600 });
  return data;
}

describe('a backup', () => {
  it('holds no secret in the open, and leaves no file behind', async () => {
    const text = linesOf(file).join('\n');
    const secrets = [
      Buffer.from((await server.store.keys.open(keyId))!.exportSecret()),
      Buffer.from(token.slice(-43), 'base64url'),
      Buffer.from(readFileSync(join(server.data, 'master.key'), 'utf8'), 'base64url'),
    ];
    for (const secret of secrets) {
      for (const form of ['hex', 'base64', 'base64url'] as const)
        expect(text).not.toContain(secret.toString(form));
    }
    expect(text).not.toContain(marked.slice(0, 40));
    expect(readdirSync(server.data).filter((name) => name.includes('backup'))).toEqual([]);
    const { json } = await server.call('/v1/audit-log?action=backup.made', { token });
    expect(json).toMatchObject({ data: [{ actor: token.slice(4, 16) }] });
  });

  it('restores a server whose keys mark and detect as before, with its API keys and results', async () => {
    const data = newData('restored');
    const { status, stderr } = await run(['restore', file, '--data', data]);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toContain('restored what the server had at');
    const restored = await runServer({ COUNTERMARK_DATA: data, COUNTERMARK_RETENTION_HOURS: '1' });
    try {
      // What was marked before is detected, by the same customer's API key; what is marked now is detected by the first server.
      expect(await detect(restored, gateway, marked)).toMatchObject({ verdict: 'detected' });
      expect(await generate(restored, token)).toBe(marked);
      const body = { model: 'demo', prompt: 'A new prompt', max_tokens: 400 };
      const fresh = await restored.call('/v1/completions', { token: gateway, method: 'POST', body });
      const { text } = (fresh.json as { choices: { text: string }[] }).choices[0]!;
      expect(await detect(server, gateway, text)).toMatchObject({ verdict: 'detected' });
      const unmarked = await detect(restored, gateway, await unmarkedText());
      expect(unmarked.verdict).toBe('not-detected');

      const found = await restored.call(`/v1/detections/${detectionId}`, { token: gateway });
      expect(found.status).toBe(200);
      expect(found.json).toEqual(
        (await server.call(`/v1/detections/${detectionId}`, { token: gateway })).json,
      );
      const labelsOf = async (at: TestServer) =>
        (await at.store.apiKeys.list()).filter(({ label }) => label !== 'meanwhile');
      expect(await labelsOf(restored)).toEqual(await labelsOf(server));
      const accounts = async (at: TestServer) => [
        await at.store.accounts.counts(),
        (await at.store.accounts.list(0, 10)).map(({ number, id }) => [number, Buffer.from(id).toString()]),
      ];
      expect(await accounts(restored)).toEqual(await accounts(server));
      expect((await accounts(restored))[1]).toEqual([[1, 'reader-1']]);
      // Numbers go on behind those that are there, and so does the log.
      const log = await restored.call('/v1/audit-log?limit=1000', { token });
      const entries = (log.json as { data: { action: string; number: number }[] }).data;
      expect(entries[0]).toMatchObject({ action: expect.stringMatching(/backup\.restored|keys\.used/) });
      expect(entries.map(({ action }) => action)).toContain('backup.restored');
      expect(new Set(entries.map(({ number }) => number)).size).toBe(entries.length);
      const [scan] = await restored.store.database.query<{ status: string; problem: string }>(
        'select status, problem from countermark.scans',
      );
      expect(scan).toMatchObject({
        status: 'failed',
        problem: expect.stringContaining('restored from a backup'),
      });
    } finally {
      await restored.close();
    }
  });

  it('is restored over nothing that is there', async () => {
    const data = newData('taken');
    writeFileSync(join(data, 'notes.txt'), 'mine');
    const taken = await run(['restore', file, '--data', data]);
    expect(taken).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('it is not empty (notes.txt)'),
    });
    expect(readdirSync(data).toSorted()).toEqual(['master.key', 'notes.txt']);
    const again = await run(['restore', file, '--data', join(directory, 'restored')]);
    expect(again).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('nothing is restored over what is there'),
    });
  });

  it('is not restored without its master key, which is asked for by name', async () => {
    const data = join(directory, 'keyless');
    const without = await run(['restore', file, '--data', data]);
    expect(without).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(
        `${join(data, 'master.key')}: the master key is missing; put that of the backup there`,
      ),
    });
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'master.key'), `${'A'.repeat(43)}\n`, { mode: 0o600 });
    const wrong = await run(['restore', file, '--data', data]);
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('the master key is another') });
    expect(readdirSync(data)).toEqual(['master.key']);
  });

  it('that is cut short, changed or of something else is refused, and nothing is made of it', async () => {
    const bytes = readFileSync(file);
    const lines = linesOf(file);
    const pack = (changed: readonly string[]): Buffer => gzipSync(`${changed.join('\n')}\n`);
    const damaged = 'the backup is cut short or damaged';
    const at = lines.findIndex((line) => line.includes('"acme"'));
    const cases = {
      'cut within': [bytes.subarray(0, bytes.length / 2), damaged],
      'without its end': [pack(lines.slice(0, -1)), damaged],
      'without a line': [pack(lines.toSpliced(at, 1)), damaged],
      'with another tenant': [pack(lines.with(at, lines[at]!.replace('"acme"', '"evil"'))), damaged],
      'with more behind it': [pack([...lines, lines[1]!]), damaged],
      'not packed': [Buffer.from(lines.join('\n')), damaged],
      empty: [Buffer.alloc(0), damaged],
      'something else': [gzipSync('{"a":1}\n'), "not a backup of this release's form"],
      'of a later release': [
        pack([lines[0]!.replace(/"schema":\d+/, '"schema":9999'), ...lines.slice(1)]),
        damaged,
      ],
    } as const;
    const data = newData('untouched');
    for (const [name, [content, message]] of Object.entries(cases)) {
      const path = join(directory, 'damaged');
      writeFileSync(path, content);
      const ended = await run(['restore', path, '--data', data]);
      expect(ended, name).toMatchObject({ status: 2, stderr: expect.stringContaining(message) });
      expect(readdirSync(data), name).toEqual(['master.key']);
    }
  });

  it('is made by a command where no server has the store open, of mode 0600 and over no other file', async () => {
    const out = join(directory, 'by-command');
    const busy = await run(['backup', '--out', out, '--data', server.data]);
    expect(busy.status).toBe(2);
    expect(existsSync(out)).toBe(false);
    const data = join(directory, 'restored');
    expect(await run(['backup', '--out', out, '--data', data])).toMatchObject({ status: 0 });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(linesOf(out).at(-1)).toMatch(/^\{"type":"end"/);
    expect((await run(['backup', '--out', out, '--data', data])).status).toBe(2);
  });

  it('says of how many scans the results are not in it, which open again once they are copied', async () => {
    const key = vendorKey();
    const scanned = await runServer();
    const out = join(directory, 'of-scans');
    const data = join(directory, 'of-scans-restored');
    let id = '';
    let client: Client;
    try {
      await scanned.store.keys.add(key, 'vendor', false);
      client = new Client(scanned.url, await scanned.newToken(['scan', 'admin'], 'tenant'));
      ({ id } = (await (await client.upload(corpusLines(key, 5, 'backup'), 'idsField=ids')).json()) as {
        id: string;
      });
      await client.ended(id);
      const response = await client.fetch('/v1/backup');
      writeFileSync(out, Buffer.from(await response.arrayBuffer()));
      cpSync(join(scanned.data, 'master.key'), join(data, 'master.key'));
      cpSync(join(scanned.data, 'scans'), join(directory, 'copied-scans'), { recursive: true });
    } finally {
      await scanned.close();
    }
    expect(JSON.parse(linesOf(out)[0] ?? '')).toMatchObject({ notIncluded: { scanResults: 1 } });
    const restored = await run(['restore', out, '--data', data]);
    expect(restored.status, restored.stderr).toBe(0);
    expect(restored.stderr).toContain(
      'not in the backup: the results of 1 scan, which are files below "scans"',
    );
    const again = await run(['backup', '--out', `${out}-again`, '--data', data]);
    expect(again.stderr).toContain('not in it: the results of 1 scan, which are files below "scans"');
    const server = await runServer({ COUNTERMARK_DATA: data });
    try {
      const report = () => server.call(`/v1/scans/${id}/report`, { token: client.token });
      expect((await report()).status).toBe(404);
      expect((await report()).text).toContain('restored without them');
      cpSync(join(directory, 'copied-scans'), join(data, 'scans'), { recursive: true });
      expect((await report()).status).toBe(200);
    } finally {
      await server.close();
    }
  });
});

/** Tokens of the model's vocabulary that nothing has marked. */
async function unmarkedText(): Promise<string> {
  const { demoModelFiles } = await import('@countermark/demo-model');
  const tokenizer = await openTokenizer(demoModelFiles().tokenizer);
  try {
    return tokenizer.decode(Uint32Array.from({ length: 400 }, (_, i) => 300 + ((i * 7919) % 3000)));
  } finally {
    tokenizer.close();
  }
}
