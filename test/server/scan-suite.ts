/** What scans over HTTP are to do, whichever database they are kept in. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { ScanSummary } from '@countermark/corpus';
import { seededRandom } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS } from '../cli/command.ts';
import { markedIds } from '../support/marked-ids.ts';
import { randomIds } from '../support/random-key.ts';
import {
  accepted,
  type Client,
  corpusLines,
  resultOf,
  type ScanServer,
  scanByCommand,
  startScanServer,
  vendorKey,
  writeFiles,
} from './scan-server.ts';

const key = vendorKey();
const roots = realpathSync(mkdtempSync(join(tmpdir(), 'countermark-roots-')));
const allowed = join(roots, 'allowed');
const corpus = join(allowed, 'corpus');
const options = { idsField: 'ids', decoys: 2, seed: '7'.repeat(64) };
const query = `idsField=ids&keyIds=${key.keyId}`;

let test: ScanServer;
let client: Client;

/**
 * Describes scans of a server.
 *
 * @param findSettings how the server is started, beside its directory.
 */
export function describeScans(findSettings: () => Promise<Readonly<Record<string, string>>>): void {
  beforeAll(async () => {
    writeFiles(corpus, key, 3, 20);
    mkdirSync(`${allowed}-other`);
    mkdirSync(join(allowed, 'linked'));
    writeFileSync(join(roots, 'secret.jsonl'), '{}\n');
    for (const link of ['link.jsonl', 'linked/link.jsonl'])
      symlinkSync(join(roots, 'secret.jsonl'), join(allowed, link));
    const scanRoots = `${allowed},https://corpora.example/public`;
    test = await startScanServer({
      ...(await findSettings()),
      COUNTERMARK_SCAN_ROOTS: scanRoots,
      COUNTERMARK_MAX_UPLOAD_BYTES: '300000',
    });
    await test.store.keys.add(key, 'vendor', false);
    client = await test.client();
  }, PATIENCE_MS);

  afterAll(async () => {
    await test?.close();
    rmSync(roots, { recursive: true });
  });

  describe('POST /v1/scans', () => {
    it('finds in files of the server what the command finds, byte for byte', async () => {
      const asked = await client.submit({ inputs: [corpus], keyIds: [key.keyId], options });
      expect(asked.status).toBe('queued');
      const scan = await client.ended(asked.id);
      expect(scan).toMatchObject({ status: 'done', verdict: 'detected', problem: null });
      expect(scan.progress).toMatchObject({ shards: 3, finished: 3, documents: 60 });
      const out = join(roots, 'by-command');
      const args = ['--ids-field', 'ids', '--decoys', '2', '--seed', options.seed];
      expect(resultOf(join(test.data, 'scans', scan.id))).toEqual(
        await scanByCommand(corpus, [key], out, args),
      );
    });

    it.each([
      ['as they are', (text: string) => text, {}],
      ['compressed', (text: string) => gzipSync(text), { 'content-encoding': 'gzip' }],
    ])('scans JSON lines that are sent %s, and keeps nothing of them', async (_, encode, headers) => {
      const response = await client.upload(encode(corpusLines(key, 20, 'upload')), query, headers);
      const { id, inputs } = await accepted(response);
      expect(response.headers.get('location')).toBe(`/v1/scans/${id}`);
      expect(inputs).toEqual([Object.keys(headers).length > 0 ? 'corpus.jsonl.gz' : 'corpus.jsonl']);
      expect(await client.ended(id)).toMatchObject({ status: 'done', verdict: 'detected' });
      // It is done a moment before they are removed.
      const left = (): string[] => readdirSync(join(test.data, 'scans', id)).sort();
      await until(() => left().length === 4);
      expect(left()).toEqual(['documents.parquet', 'manifest.json', 'report.html', 'summary.json']);
    });
  });

  describe('POST /v1/scans with a form', () => {
    it('scans several files, called by their own names', async () => {
      const form = new FormData();
      form.set('a', new Blob([corpusLines(key, 20, 'a')]), '../../a b.jsonl');
      form.set('b', new Blob([gzipSync(corpusLines(key, 20, 'b'))]), 'b.jsonl.gz');
      const response = await client.fetch(`/v1/scans?${query}`, { method: 'POST', body: form });
      const { id, inputs } = await accepted(response);
      expect(inputs).toEqual(['a_b.jsonl', 'b.jsonl.gz']);
      const scan = await client.ended(id);
      expect(scan).toMatchObject({ status: 'done', verdict: 'detected' });
      expect(scan.progress).toMatchObject({ shards: 2, documents: 40 });
      const report = await client.fetch(`/v1/scans/${id}/report`, {
        headers: { accept: 'application/json' },
      });
      const { files } = (await report.json()) as ScanSummary;
      expect(files.map(({ file }) => file)).toEqual(inputs);
    });

    it.each([
      ['no file', new FormData(), 422],
      ['a field', formWith(['options', '{}']), 422],
      ['two files of one name', formWith(['a', 'x'], ['b', 'x']), 422],
      ['more than may be uploaded', formWith(['a', 'x'.repeat(4_000_000)]), 413],
    ])('refuses a form with %s', async (_, body, status) => {
      const before = directories();
      const response = await client.fetch(`/v1/scans?${query}`, { method: 'POST', body });
      expect(response.status).toBe(status);
      expect(directories()).toEqual(before);
    });
  });

  describe('POST /v1/scans refuses', () => {
    it('more than may be uploaded, said beforehand or not, and states the limit', async () => {
      const before = directories();
      const body = 'x'.repeat(4_000_000);
      const pieces = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(body));
          controller.close();
        },
      });
      for (const init of [{ body }, { body: pieces, duplex: 'half' }]) {
        const headers = { 'content-type': 'application/x-ndjson' };
        const response = await client.fetch(`/v1/scans?${query}`, { method: 'POST', headers, ...init });
        expect(response.status).toBe(413);
        expect(await response.json()).toMatchObject({
          limit: { name: 'COUNTERMARK_MAX_UPLOAD_BYTES', value: 300_000 },
        });
      }
      expect(directories()).toEqual(before);
    });

    it.each([
      ['with a length', 'application/x-ndjson', 'Content-Length: 200000'],
      ['in chunks', 'application/x-ndjson', 'Transfer-Encoding: chunked'],
      ['of a form', 'multipart/form-data; boundary=X', 'Content-Length: 200000'],
    ])('a body %s that ends before it should, and keeps no part of it', async (_, type, header) => {
      const before = directories();
      const scans = await count();
      const line = corpusLines(key, 1, 'cut');
      const part = '--X\r\nContent-Disposition: form-data; name="a"; filename="a.jsonl"\r\n\r\n';
      const sent = type.startsWith('m') ? `${part}${line}` : line;
      const body = header.startsWith('T') ? `${sent.length.toString(16)}\r\n${sent}\r\n` : sent;
      const socket = client.beginUpload(query, [`Content-Type: ${type}`, header], body);
      await until(() => directories().length === before.length + 1);
      socket.destroy();
      await until(() => directories().length === before.length);
      expect(await count()).toBe(scans);
    });

    it('a form that is whole but for its end', async () => {
      const before = directories();
      const body = '--X\r\nContent-Disposition: form-data; name="a"; filename="a.jsonl"\r\n\r\n{}\n';
      const headers = { 'content-type': 'multipart/form-data; boundary=X' };
      const response = await client.fetch(`/v1/scans?${query}`, { method: 'POST', headers, body });
      expect(response.status).toBe(400);
      expect(directories()).toEqual(before);
    });

    it('a body of another kind or encoding', async () => {
      const headers = { 'content-type': 'text/plain' };
      const plain = await client.fetch('/v1/scans', { method: 'POST', body: 'x', headers });
      expect(plain.status).toBe(415);
      expect((await client.upload('x', query, { 'content-encoding': 'br' })).status).toBe(415);
    });

    it('options that it does not know, and those that exclude each other', async () => {
      expect((await client.upload('{}\n', 'feild=x')).status).toBe(400);
      expect((await client.upload('{}\n', 'field=a&idsField=b')).status).toBe(400);
      expect((await client.upload('{}\n', 'alpha=2')).status).toBe(400);
      expect((await client.post('/v1/scans?alpha=0.1', { inputs: [corpus] })).status).toBe(400);
    });

    it('keys that are not there', async () => {
      const json = { inputs: [corpus], keyIds: ['0'.repeat(32)] };
      expect((await client.post('/v1/scans', json)).status).toBe(422);
    });

    it('accounts without the scope "trace"', async () => {
      const scanner = await test.client(['scan']);
      const json = { inputs: [corpus], accounts: { ids: ['a'] } };
      expect((await scanner.post('/v1/scans', json)).status).toBe(403);
    });

    it('callers without the scope "scan"', async () => {
      const other = await test.client(['detect', 'admin']);
      expect((await other.post('/v1/scans', { inputs: [corpus] })).status).toBe(403);
      expect((await fetch(`${test.url}/v1/scans`)).status).toBe(401);
    });

    it.each([
      ['what is beside the roots', () => roots],
      ['what only begins like a root', () => `${allowed}-other`],
      ['dots that lead out of a root', () => `${allowed}/../secret.jsonl`],
      ['a link that leads out of a root', () => `${allowed}/link.jsonl`],
      ['a path that is not absolute', () => 'corpus'],
      ['a path that does not exist beside the roots', () => '/no/such/file'],
      ['another scheme', () => 'file:///etc/passwd'],
      ['plain http', () => 'http://corpora.example/public/a.jsonl'],
      ['an address beside the prefixes', () => 'https://corpora.example/private/a.jsonl'],
      ['an address that only begins like a prefix', () => 'https://corpora.example/publicity/a.jsonl'],
      ['dots in an address', () => 'https://corpora.example/public/../private/a.jsonl'],
      ['escaped dots in an address', () => 'https://corpora.example/public/%2e%2e%2fprivate/a.jsonl'],
      ['a password in an address', () => 'https://me:secret@corpora.example/public/a.jsonl'],
      ['a query in an address', () => 'https://corpora.example/public/a.jsonl?token=secret'],
    ])('%s', async (_, input) => {
      const response = await client.post('/v1/scans', { inputs: [input()] });
      expect(response.status).toBe(403);
      expect(await response.text()).not.toContain('secret');
    });

    it('a file below a root that does not exist', async () => {
      expect((await client.post('/v1/scans', { inputs: [`${allowed}/none.jsonl`] })).status).toBe(422);
    });
  });

  describe('a scan', () => {
    it('fails where a directory holds a link that leads out of the roots', async () => {
      const scan = await client.submit({ inputs: [join(allowed, 'linked')], keyIds: [key.keyId] });
      const { status, problem } = await client.ended(scan.id);
      expect(status).toBe('failed');
      expect(problem).toMatch(/is not below what scans may read$/);
    });

    it('reads the rest of a directory that holds a pipe, a socket, and links that lead nowhere or out of the roots', async () => {
      const mixed = join(allowed, 'mixed');
      writeFiles(mixed, key, 2, 20);
      const hidden = join(roots, 'hidden');
      mkdirSync(hidden);
      writeFileSync(join(hidden, 'private.jsonl'), '{}\n');
      writeFileSync(join(hidden, 'private.strange'), 'x');
      const at = (name: string): string => join(mixed, name);
      execFileSync('mkfifo', [at('pipe.jsonl'), join(hidden, 'private-pipe.jsonl')]);
      symlinkSync(join(roots, 'nowhere'), at('broken.jsonl'));
      symlinkSync(join(roots, 'secret.jsonl'), at('out.jsonl'));
      symlinkSync(hidden, at('outside'));
      const socket = createServer();
      // A path of a socket is short: it is named from its own directory.
      await new Promise<void>((resolve) => socket.listen(join(roots, 's'), resolve));
      renameSync(join(roots, 's'), at('socket.jsonl'));
      try {
        const { id } = await client.submit({
          inputs: [mixed],
          keyIds: [key.keyId],
          options: { idsField: 'ids' },
        });
        expect(await client.ended(id)).toMatchObject({ status: 'done', progress: { documents: 40 } });
        const response = await client.fetch(`/v1/scans/${id}/report`, {
          headers: { accept: 'application/json' },
        });
        const text = await response.text();
        const { unread } = JSON.parse(text) as ScanSummary;
        const found = unread.inputs.map(({ location, reason }) => [location, reason]);
        expect(found.sort()).toEqual([
          [at('broken.jsonl'), 'missing'],
          [at('out.jsonl'), 'denied'],
          [at('outside'), 'denied'],
          [at('pipe.jsonl'), 'not-a-file'],
          [at('socket.jsonl'), 'not-a-file'],
        ]);
        expect(text).not.toContain('private');
      } finally {
        await new Promise((resolve) => socket.close(resolve));
      }
    });

    it('fails with a sentence for people where nothing can be read, and has no report', async () => {
      const { id } = await accepted(await client.upload('{"a":1}\n{"a":2}\n', query));
      const { status, problem } = await client.ended(id);
      expect(status).toBe('failed');
      expect(problem).toMatch(/^corpus\.jsonl: /);
      const report = await client.fetch(`/v1/scans/${id}/report`);
      expect(report.status).toBe(409);
    });

    it('of many small files takes several at a time, and counts each once', async () => {
      const many = join(allowed, 'many');
      writeFiles(many, key, 40, 2);
      const { id } = await client.submit({
        inputs: [many],
        keyIds: [key.keyId],
        options: { idsField: 'ids' },
      });
      const scan = await client.ended(id);
      expect(scan).toMatchObject({ status: 'done', progress: { shards: 40, finished: 40, documents: 80 } });
      const jobs = await stored(
        "select 1 from countermark_jobs.job where name = 'shard' and data ->> 'scan' = $1",
        [id],
      );
      expect(jobs).toHaveLength(8);
    });

    it('names accounts that were asked for, and forgets the list', async () => {
      const accounts = ['anna', 'boris'];
      const random = seededRandom('accounts');
      const lines = Array.from({ length: 4 }, (_, i) => {
        const ids = i === 0 ? randomIds(random, 300, 1000) : markedIds(key, 'boris', 400, i);
        return `${JSON.stringify({ ids: [...ids] })}\n`;
      });
      writeFileSync(join(allowed, 'accounts.jsonl'), lines.join(''));
      const { id } = await client.submit({
        inputs: [join(allowed, 'accounts.jsonl')],
        keyIds: [key.keyId],
        options: { idsField: 'ids' },
        accounts: { ids: accounts, issued: 10 },
      });
      expect(await client.ended(id)).toMatchObject({ status: 'done', verdict: 'detected' });
      const summary = await summaryOf(id);
      expect(summary.accounts?.map(({ named }) => named.map(({ account }) => account))).toEqual([['boris']]);
      expect(
        JSON.stringify(await stored('select request from countermark.scans where id = $1', [id])),
      ).not.toContain('boris');
      // The same without a list: those that are registered, of whom one was removed.
      const registrar = await test.client(['accounts']);
      const unregistered = { inputs: [corpus], accounts: { registered: true } };
      expect((await client.post('/v1/scans', unregistered)).status).toBe(422);
      await registrar.post('/v1/accounts', { ids: [...accounts, 'gone'] });
      await registrar.post('/v1/accounts/remove', { ids: ['gone'] });
      const again = await client.submit({
        inputs: [join(allowed, 'accounts.jsonl')],
        keyIds: [key.keyId],
        options: { idsField: 'ids' },
        accounts: { registered: true },
      });
      expect(await client.ended(again.id)).toMatchObject({ status: 'done', verdict: 'detected' });
      const [traced] = (await summaryOf(again.id)).accounts ?? [];
      expect(traced).toMatchObject({ accounts: 2, issued: 3 });
      expect(traced?.named.map(({ account }) => account)).toEqual(['boris']);
    });

    it('tokenizes texts', async () => {
      const admin = await test.client(['admin']);
      const made = await admin.post('/v1/keys', { label: 'texts', tokenizer: 'demo' });
      const { keyId } = (await made.json()) as { keyId: string };
      const text = 'The state of the nation is strong, and nobody marked a word of this sentence. ';
      const lines = Array.from(
        { length: 3 },
        (_, i) => `${JSON.stringify({ text: `${i} ${text.repeat(9)}` })}\n`,
      );
      const { id } = await accepted(await client.upload(lines.join(''), `keyIds=${keyId}`));
      const scan = await client.ended(id);
      expect(scan).toMatchObject({ status: 'done', progress: { documents: 3 } });
      expect(scan.verdict).not.toBe('detected');
      expect((await summaryOf(id)).tokens).toBeGreaterThan(300);
    });

    it('fails where most text would be left out, unless the request says that it is meant, or names the fields', async () => {
      const admin = await test.client(['admin']);
      const made = await admin.post('/v1/keys', { label: 'coverage', tokenizer: 'demo' });
      const { keyId } = (await made.json()) as { keyId: string };
      const chronicle = 'In the fourth year the harvest was poor, and the council met again. '.repeat(9);
      const lines = [1, 2, 3].map((n) => `${JSON.stringify({ answer: `Yes, ${n}.`, chronicle })}\n`).join('');
      const of = async (more: string): Promise<string> =>
        (await accepted(await client.upload(lines, `keyIds=${keyId}${more}`))).id;
      const refused = await client.ended(await of(''));
      expect(refused).toMatchObject({ status: 'failed' });
      expect(refused.problem).toMatch(/the rest is in chronicle \(9\d %\).*--accept-coverage/);
      const meant = await of('&acceptCoverage=true');
      expect(await client.ended(meant)).toMatchObject({ status: 'done', progress: { documents: 3 } });
      expect((await summaryOf(meant)).coverage?.rest[0]).toMatchObject({ field: 'chronicle', why: 'unread' });
      const named = await of('&fields=answer,chronicle');
      expect(await client.ended(named)).toMatchObject({ status: 'done', progress: { documents: 6 } });
      expect((await summaryOf(named)).coverage).toMatchObject({ share: 1, rest: [] });
    });

    it('of unmarked text detects nothing', async () => {
      const random = seededRandom('unmarked');
      const lines = Array.from(
        { length: 10 },
        () => `${JSON.stringify({ ids: [...randomIds(random, 200, 1000)] })}\n`,
      );
      const { id } = await accepted(await client.upload(lines.join(''), query));
      expect(await client.ended(id)).toMatchObject({ status: 'done', verdict: 'not-detected' });
    });

    it('is not there for another tenant, and is for another key of its own', async () => {
      const mine = await test.client(['scan'], 'us');
      const ours = await test.client(['scan'], 'us');
      const theirs = await test.client(['scan'], 'them');
      const { id } = await accepted(await mine.upload(corpusLines(key, 5, 'tenant'), query));
      await mine.ended(id);
      expect((await ours.fetch(`/v1/scans/${id}`)).status).toBe(200);
      for (const path of ['', '/events', '/report']) {
        expect((await theirs.fetch(`/v1/scans/${id}${path}`)).status, path).toBe(404);
      }
      expect((await theirs.fetch(`/v1/scans/${id}`, { method: 'DELETE' })).status).toBe(404);
      expect(await (await theirs.fetch('/v1/scans')).json()).toEqual({
        object: 'list',
        data: [],
        next: null,
      });
      expect((await mine.fetch(`/v1/scans/${id}`)).status).toBe(200);
    });

    it('is removed with its files once it has ended', async () => {
      const { id } = await accepted(await client.upload(corpusLines(key, 5, 'removed'), query));
      await client.ended(id);
      expect((await client.fetch(`/v1/scans/${id}`, { method: 'DELETE' })).status).toBe(204);
      expect((await client.fetch(`/v1/scans/${id}`)).status).toBe(404);
      expect(directories()).not.toContain(id);
    });
  });

  describe('Idempotency-Key', () => {
    it('makes one scan of requests that are sent twice, at once or later', async () => {
      const body = corpusLines(key, 5, 'twice');
      const headers = { 'idempotency-key': 'upload-1' };
      const both = await Promise.all(
        [1, 2].map(async () => accepted(await client.upload(body, query, headers))),
      );
      const again = await accepted(await client.upload(body, query, headers));
      expect(new Set([...both, again].map(({ id }) => id)).size).toBe(1);
      expect((await client.upload(`${body}\n`, query, headers)).status).toBe(422);
      expect((await client.upload(body, `${query}&alpha=0.01`, headers)).status).toBe(422);
      const other = await test.client();
      expect((await accepted(await other.upload(body, query, headers))).id).not.toBe(again.id);
      await client.ended(again.id);
    });

    it('has to look like one', async () => {
      const headers = { 'idempotency-key': 'x'.repeat(256) };
      expect((await client.upload('{}\n', query, headers)).status).toBe(400);
    });
  });

  describe('GET /v1/scans', () => {
    it('and all other requests for scans are in the OpenAPI document', async () => {
      const document = (await (await fetch(`${test.url}/openapi.json`)).json()) as {
        paths: Record<string, Record<string, { requestBody?: { content: Record<string, unknown> } }>>;
      };
      const paths = Object.keys(document.paths).filter((path) => path.startsWith('/v1/scans'));
      expect(paths).toEqual([
        '/v1/scans',
        '/v1/scans/{id}',
        '/v1/scans/{id}/events',
        '/v1/scans/{id}/report',
      ]);
      expect(document.paths['/v1/scans']?.['post']?.requestBody?.content).toMatchObject({
        'application/json': { schema: { $ref: '#/components/schemas/NewScan' } },
        'application/x-ndjson': {},
        'multipart/form-data': {},
      });
    });

    it('lists every scan once, newest first, page by page', async () => {
      const lister = await test.client();
      const ids: string[] = [];
      for (let i = 0; i < 5; i++) {
        ids.unshift((await accepted(await lister.upload(corpusLines(key, 1, `page ${i}`), query))).id);
      }
      const listed: string[] = [];
      for (let after: string | null = ''; after !== null; ) {
        const response = await lister.fetch(`/v1/scans?limit=2${after === '' ? '' : `&after=${after}`}`);
        const page = (await response.json()) as { data: { id: string }[]; next: string | null };
        listed.push(...page.data.map(({ id }) => id));
        after = page.next;
      }
      expect(listed).toEqual(ids);
      // What they would find is nothing to this.
      for (const id of ids) await lister.fetch(`/v1/scans/${id}`, { method: 'DELETE' });
    });
  });

  describe('GET /v1/scans/{id}/events', () => {
    it.each([
      ['as they are', (text: string) => text, {}],
      ['compressed', (text: string) => gzipSync(text), { 'content-encoding': 'gzip' }],
    ])('never tells more bytes than there are, of lines that are sent %s', async (_, encode, headers) => {
      const response = await client.upload(encode(corpusLines(key, 400, 'all of it')), query, headers);
      const { id } = await accepted(response);
      const told = (await client.events(id)).filter(({ type }) => type === 'progress');
      expect(told.length).toBeGreaterThan(0);
      for (const { data } of told) {
        const { bytes = -1, totalBytes = 0 } = data as Record<string, number>;
        expect(bytes).toBeGreaterThanOrEqual(0);
        expect(bytes).toBeLessThanOrEqual(totalBytes);
      }
      const { bytes, totalBytes } = (told.at(-1)?.data ?? {}) as Record<string, number>;
      expect(bytes).toBe(totalBytes);
    });

    it('tells all of a scan, and then exactly what a client has missed', async () => {
      const { id } = await client.submit({ inputs: [corpus], keyIds: [key.keyId], options });
      const first = await client.events(id, undefined, ({ data }) => data['status'] === 'scanning');
      const rest = await client.events(id, first.at(-1)?.id);
      const all = await client.events(id);
      expect([...first, ...rest]).toEqual(all);
      const statuses = all.flatMap(({ type, data }) => (type === 'status' ? [data['status']] : []));
      expect(statuses).toEqual(['queued', 'planning', 'scanning', 'merging', 'done']);
      expect(all.at(-1)?.data).toEqual({ status: 'done', verdict: 'detected' });
      const progress = all.filter(({ type }) => type === 'progress').at(-1);
      expect(progress?.data).toMatchObject({ shards: 3, finished: 3, documents: 60 });
      for (const { data } of all.filter(({ type }) => type === 'progress')) {
        const { bytes, totalBytes, finished, shards } = data as Record<string, number>;
        expect(totalBytes).toBeGreaterThan(0);
        expect(bytes).toBeLessThanOrEqual(totalBytes ?? 0);
        expect(finished).toBeLessThanOrEqual(shards ?? 0);
      }
      for (const [i, { id: resumed }] of all.entries()) {
        expect(await client.events(id, resumed)).toEqual(all.slice(i + 1));
      }
      const over = await client.fetch(`/v1/scans/${id}/events`, {
        headers: { 'last-event-id': `${all.at(-1)?.id}` },
      });
      expect(over.status).toBe(204);
    });

    it('refuses an id that is none', async () => {
      const { id } = await accepted(await client.upload(corpusLines(key, 1, 'event id'), query));
      const headers = { 'last-event-id': 'x' };
      expect((await client.fetch(`/v1/scans/${id}/events`, { headers })).status).toBe(400);
      await client.fetch(`/v1/scans/${id}`, { method: 'DELETE' });
    });
  });

  describe('GET /v1/scans/{id}/report', () => {
    it('answers the page, the summary or the table, by what is accepted', async () => {
      const { id } = await accepted(await client.upload(corpusLines(key, 5, 'report'), query));
      await client.ended(id);
      const get = (accept: string): Promise<Response> =>
        client.fetch(`/v1/scans/${id}/report`, { headers: { accept } });
      const page = await get('*/*');
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('content-security-policy')).toMatch(
        /^sandbox allow-scripts; default-src 'none'/,
      );
      const html = await page.text();
      expect(html).toContain('corpus.jsonl');
      expect(html).not.toContain(test.data);
      const summary = await get('application/json');
      expect(await summary.text()).not.toContain(test.data);
      const table = Buffer.from(await (await get('application/vnd.apache.parquet')).arrayBuffer());
      expect(table.subarray(0, 4).toString()).toBe('PAR1');
      expect((await get('image/png')).status).toBe(406);
    });
  });

  describe('the secrets of keys', () => {
    it('are in no table, no file and no text but sealed', async () => {
      const secret = key.exportSecret();
      const forms = [
        Buffer.from(secret).toString('hex'),
        Buffer.from(secret).toString('base64').replace(/=+$/, ''),
        Buffer.from(secret).toString('base64url'),
        Buffer.from(secret).toString('latin1'),
      ];
      const tables = await stored<{ name: string }>(
        "select table_schema || '.' || table_name as name from information_schema.tables where table_schema like 'countermark%'",
      );
      expect(tables.length).toBeGreaterThan(8);
      for (const { name } of tables) {
        const rows = JSON.stringify(await stored(`select * from ${name}`));
        for (const form of forms) expect(rows.includes(form), name).toBe(false);
      }
      for (const path of filesBelow(test.data)) {
        const content = readFileSync(path, 'latin1');
        for (const form of forms) expect(content.includes(form), path).toBe(false);
      }
    });
  });
}

function formWith(...entries: readonly (readonly [string, string])[]): FormData {
  const form = new FormData();
  for (const [name, value] of entries) {
    if (value.startsWith('{')) form.set(name, value);
    else form.set(name, new Blob([value]), 'same.jsonl');
  }
  return form;
}

function directories(): string[] {
  return existsSync(join(test.data, 'scans')) ? readdirSync(join(test.data, 'scans')).sort() : [];
}

async function count(): Promise<number> {
  return (await stored('select 1 from countermark.scans')).length;
}

function stored<Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
  return test.store.database.query<Row>(text, values);
}

async function summaryOf(id: string): Promise<ScanSummary> {
  const response = await client.fetch(`/v1/scans/${id}/report`, { headers: { accept: 'application/json' } });
  return (await response.json()) as ScanSummary;
}

async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!isSo()) {
    if (Date.now() > end) throw new Error('it took too long');
    await sleep(20);
  }
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
