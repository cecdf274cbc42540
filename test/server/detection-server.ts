/** A server on a temporary directory, for tests of detections. */
import { Writable } from 'node:stream';
import { demoModelFiles } from '@countermark/demo-model';
import type { Scope } from '@countermark/server';
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
import { type Call, type Answer as RawAnswer, runServer, type TestServer } from './test-server.ts';

/** An answer, whose JSON tests look into. */
export interface Answer extends Omit<RawAnswer, 'json'> {
  /** Empty where the text is not JSON. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** How a call is made. */
interface CallOptions extends Pick<Call, 'body' | 'token' | 'signal'> {
  /** The client's address, as a proxy gives it. */
  readonly from?: string;
}

/** A running server with what tests look at. */
export interface Served {
  readonly server: TestServer;
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
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const server = await runServer(
    { COUNTERMARK_THREADS: '1', COUNTERMARK_TRUST_PROXY: '1', ...env },
    pino({ level: 'trace' }, sink),
  );
  const call: Served['call'] = async (method, path, { from, ...options } = {}) => {
    const headers = from === undefined ? {} : { 'x-forwarded-for': from };
    const answer = await server.call(path, { method, headers, ...options });
    return { ...answer, json: (answer.json ?? {}) as Answer['json'] };
  };
  return {
    server,
    call,
    log: () => lines.join(''),
    token: (...scopes) => server.newToken(scopes),
    detect: (body, token, from) =>
      call('POST', '/v1/detections', {
        body,
        ...(token === undefined ? {} : { token }),
        ...(from === undefined ? {} : { from }),
      }),
    close: () => server.close(),
  };
}

/** Makes a reproducible key for a tokenizer of the server. */
export async function keyFor(
  name: string,
  seed: string,
  params: {
    readonly accountShare?: number;
    readonly commonShare?: number;
    readonly contextWidth?: number;
  } = {},
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
