/** A server on a directory of its own, corpora for it, and what a scan of them is to give. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scope } from '@countermark/server';
import { formatKeyFile, seededRandom, type WatermarkKey } from '@countermark/watermark';
import { z } from 'zod';
import { run } from '../cli/command.ts';
import { markedIds } from '../support/marked-ids.ts';
import { keyFrom, randomIds } from '../support/random-key.ts';
import { runServer, type TestServer } from './test-server.ts';

const VOCABULARY = 1000;
const TOKENS = 120;

/** The part of a scan that tests look at. */
const Scan = z.looseObject({
  id: z.string(),
  status: z.string(),
  verdict: z.string().nullable(),
  problem: z.string().nullable(),
  inputs: z.array(z.string()),
  progress: z.looseObject({ shards: z.number(), finished: z.number(), documents: z.number() }),
});
export type Scan = z.output<typeof Scan>;

/** An event of a scan. */
export interface ScanEvent {
  readonly id: number;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** A server of a test. */
export interface ScanServer extends TestServer {
  /** Calls it with a new API key of a tenant of its own, or of the one given. */
  client(scopes?: readonly Scope[], tenant?: string): Promise<Client>;
}

/** Starts a server with two threads, which whoever starts it closes. */
export async function startScanServer(settings: Readonly<Record<string, string>> = {}): Promise<ScanServer> {
  const server = await runServer({ COUNTERMARK_THREADS: '2', ...settings });
  return {
    ...server,
    client: async (scopes = ['scan', 'trace'], tenant) =>
      new Client(server.url, await server.newToken(scopes, tenant)),
  };
}

/** Calls a server with an API key. */
export class Client {
  readonly #url: string;
  readonly token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.token = token;
  }

  /** Sends a request. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${this.token}`);
    return fetch(`${this.#url}${path}`, { ...init, headers });
  }

  /** Sends JSON. */
  post(path: string, json: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const body = JSON.stringify(json);
    return this.fetch(path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
  }

  /** Asks for a scan, which has to be accepted. */
  async submit(json: unknown): Promise<Scan> {
    return accepted(await this.post('/v1/scans', json));
  }

  /** Uploads JSON lines. */
  async upload(
    body: string | Uint8Array<ArrayBuffer>,
    query: string,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return this.fetch(`/v1/scans?${query}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-ndjson', ...headers },
    });
  }

  /** Sends the head of an upload and what there is of its body, and goes no further: whoever calls it ends the connection. */
  beginUpload(query: string, headers: readonly string[], body: string): Socket {
    const { hostname, port } = new URL(this.#url);
    const socket = connect(Number(port), hostname);
    const head = [`POST /v1/scans?${query} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${this.token}`];
    socket.write(`${[...head, ...headers].join('\r\n')}\r\n\r\n${body}`);
    return socket;
  }

  /** Shows a scan. */
  async show(id: string): Promise<Scan> {
    return Scan.parse(await (await this.fetch(`/v1/scans/${id}`)).json());
  }

  /** Waits until a scan has ended. */
  async ended(id: string, patienceMs = 280_000): Promise<Scan> {
    const end = Date.now() + patienceMs;
    for (;;) {
      const scan = await this.show(id);
      if (['done', 'failed', 'cancelled'].includes(scan.status)) return scan;
      if (Date.now() > end) throw new Error(`the scan is still ${JSON.stringify(scan)}`);
      await sleep(50);
    }
  }

  /** Reads events to the end of the stream, or until one is enough. */
  async events(
    id: string,
    after?: number,
    isEnough: (event: ScanEvent) => boolean = () => false,
  ): Promise<ScanEvent[]> {
    const headers: Record<string, string> = after === undefined ? {} : { 'last-event-id': String(after) };
    const response = await this.fetch(`/v1/scans/${id}/events`, { headers });
    if (response.status === 204) return [];
    const events: ScanEvent[] = [];
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)));
        if (fields['data'] === undefined) continue;
        const event = {
          id: Number(fields['id']),
          type: fields['event'] ?? '',
          data: JSON.parse(fields['data']),
        };
        events.push(event);
        if (isEnough(event)) return events;
      }
    }
    return events;
  }
}

/** Returns the scan of a response that has to accept it. */
export async function accepted(response: Response): Promise<Scan> {
  const body: unknown = await response.json();
  if (response.status !== 202) throw new Error(`answered ${response.status}: ${JSON.stringify(body)}`);
  return Scan.parse(body);
}

/** The key that corpora are marked with. */
export function vendorKey(): WatermarkKey {
  return keyFrom('server scans', VOCABULARY, { commonShare: 0.6, accountShare: 0.3 });
}

/** JSON lines of token ids, every fifth document marked. */
export function corpusLines(key: WatermarkKey, documents: number, seed: string): string {
  const random = seededRandom(seed);
  return Array.from({ length: documents }, (_, i) => {
    const ids =
      i % 5 === 0 ? markedIds(key, undefined, TOKENS, `${seed} ${i}`) : randomIds(random, TOKENS, VOCABULARY);
    return `${JSON.stringify({ id: `${seed}-${i}`, ids: [...ids] })}\n`;
  }).join('');
}

/** Writes a corpus of several files, each a shard. */
export function writeFiles(directory: string, key: WatermarkKey, files: number, documents: number): void {
  mkdirSync(directory, { recursive: true });
  for (let i = 0; i < files; i++) {
    writeFileSync(join(directory, `${i}.jsonl`), corpusLines(key, documents, `file ${i}`));
  }
}

/** Scans with the command, and returns digests of what it found. */
export async function scanByCommand(
  path: string,
  keys: readonly WatermarkKey[],
  out: string,
  args: readonly string[] = [],
): Promise<Record<string, string>> {
  const files = keys.map((key, i) => {
    const file = `${out}-${i}.key`;
    writeFileSync(file, formatKeyFile(key), { mode: 0o600 });
    return ['--key', file];
  });
  const { status, stderr } = await run(['scan', path, ...files.flat(), '--out', out, ...args]);
  if (status !== 0) throw new Error(`countermark scan ended with ${status}: ${stderr}`);
  return resultOf(out);
}

/** Digests of a result's figures. */
export function resultOf(directory: string): Record<string, string> {
  return Object.fromEntries(
    ['summary.json', 'documents.parquet'].map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(directory, name)))
        .digest('hex'),
    ]),
  );
}
