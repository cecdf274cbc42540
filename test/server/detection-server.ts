/** A server on a temporary directory, for tests of detections. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { demoModelFiles } from '@countermark/demo-model';
import { type RunningServer, readSettings, type Scope, startServer } from '@countermark/server';
import {
  createParams,
  generateTokens,
  seededRandom,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { pino } from 'pino';
import { openDemo } from '../support/demo.ts';
import { secretFrom } from '../support/random-key.ts';

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined where the text is not JSON. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** How a call is made. */
interface CallOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** An API key; none by default. */
  readonly token?: string;
  /** The client's address, as a proxy gives it. */
  readonly from?: string;
  readonly signal?: AbortSignal;
}

/** A running server with what tests look at. */
export interface Served {
  readonly server: RunningServer;
  /** Everything that was logged so far. */
  log(): string;
  token(...scopes: Scope[]): Promise<string>;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Tests a document. */
  detect(body: unknown, token?: string, from?: string): Promise<Answer>;
  close(): Promise<void>;
}

/** Starts a server with settings by their environment variables. */
export async function serve(env: Readonly<Record<string, string>> = {}): Promise<Served> {
  const directory = mkdtempSync(join(tmpdir(), 'countermark-server-'));
  const settings = readSettings({
    COUNTERMARK_DATA: directory,
    COUNTERMARK_PORT: '0',
    COUNTERMARK_THREADS: '1',
    COUNTERMARK_TRUST_PROXY: '1',
    COUNTERMARK_DRAIN_MS: '500',
    ...env,
  });
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const server = await startServer(settings, pino({ level: 'trace' }, sink));
  const call = async (method: string, path: string, options: CallOptions = {}): Promise<Answer> => {
    const { body, token, from, signal } = options;
    const response = await fetch(server.url + path, {
      method,
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(from === undefined ? {} : { 'X-Forwarded-For': from }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('Content-Type') ?? '');
    const { status, headers } = response;
    return { status, headers, text, json: isJson ? JSON.parse(text) : {} };
  };
  return {
    server,
    call,
    log: () => lines.join(''),
    async token(...scopes) {
      return (await server.store.apiKeys.create('test', scopes)).token;
    },
    detect: (body, token, from) =>
      call('POST', '/v1/detections', {
        body,
        ...(token === undefined ? {} : { token }),
        ...(from === undefined ? {} : { from }),
      }),
    async close() {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Makes a reproducible key for a tokenizer of the server. */
export async function keyFor(
  name: string,
  seed: string,
  params: { readonly accountShare?: number; readonly commonShare?: number } = {},
): Promise<WatermarkKey> {
  const tokenizer = await openTokenizer(name === 'demo' ? demoModelFiles().tokenizer : name);
  const { vocabSize, fingerprint } = tokenizer;
  tokenizer.close();
  return new WatermarkKey(
    createParams({ tokenizer: { name, vocabSize, fingerprint }, ...params }),
    secretFrom(seededRandom(seed)),
  );
}

/** Lets the bundled model answer, marked under a key. */
export async function markedText(key: WatermarkKey, accountId: string, tokens: number): Promise<string> {
  const demo = await openDemo();
  const watermarker = new Watermarker(key);
  try {
    const prompt = demo.tokenizer.encode('The state of the nation is');
    const generation = watermarker.start({ prompt, accountId, random: seededRandom(`marked ${accountId}`) });
    const ids: number[] = [];
    for await (const id of generateTokens(demo.model, generation, prompt, { maxTokens: tokens }))
      ids.push(id);
    return demo.tokenizer.decode(ids);
  } finally {
    watermarker.close();
    await demo.close();
  }
}
