/** Sends a server what is as documented and at its worst, and checks what it answers. */
import { createParams, seededRandom, WatermarkKey } from '@countermark/watermark';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { z } from 'zod';
import { openDemo } from '../support/demo.ts';
import { SCHEMES, secretFrom } from '../support/random-key.ts';
import { type HostileRequest, hostileRequests, type Known, type NamedKey } from './hostile-requests.ts';
import { answerSchema } from './openapi-document.ts';
import type { TestServer } from './test-server.ts';

const TOKENIZERS = ['demo', 'r50k_base', 'o200k_harmony'];

/** Sends hostile requests to a server, whose keys it makes at first. */
export class HostileClient {
  readonly #server: TestServer;
  readonly #token: string;
  readonly #known: Known;
  readonly #schemas: ReadonlyMap<string, z.ZodType>;

  private constructor(
    server: TestServer,
    token: string,
    known: Known,
    schemas: ReadonlyMap<string, z.ZodType>,
  ) {
    this.#server = server;
    this.#token = token;
    this.#known = known;
    this.#schemas = schemas;
  }

  /** Puts a key of each scheme for the bundled model's tokenizer into a server. */
  static async open(server: TestServer): Promise<HostileClient> {
    const demo = await openDemo();
    const { tokenizer } = demo.params();
    await demo.close();
    const keys = await Promise.all(
      SCHEMES.map(async (scheme, i): Promise<NamedKey> => {
        // The model's own key is the first, by its label.
        const params = createParams({ tokenizer, scheme, ...(i === 1 ? { accountShare: 0 } : {}) });
        const key = new WatermarkKey(params, secretFrom(seededRandom(`hostile ${i}`)));
        await server.store.keys.add(key, i === 0 ? 'demo' : `other ${i}`, false);
        const { vocabSize } = tokenizer;
        return {
          keyId: key.keyId,
          vocabSize,
          hasAccounts: params.accountShare > 0,
          isGreedy: scheme.kind === 'green-list',
        };
      }),
    );
    const [first, ...others] = keys;
    if (first === undefined) throw new Error('there is no scheme');
    const known = { keys: [first, ...others], tokenizers: TOKENIZERS, model: 'demo' } as const;
    const paths = [
      '/v1/detections',
      '/v1/tokenize',
      '/v1/completions',
      '/v1/chat/completions',
      '/v1/watermark/sample',
    ];
    const schemas = paths.map(async (path) => [path, await answerSchema(server.url, path, 'post')] as const);
    const token = await server.newToken(['detect', 'trace', 'sample', 'engine']);
    return new HostileClient(server, token, known, new Map(await Promise.all(schemas)));
  }

  /** Sends so many requests: each is answered with 200 and what the server's own document says. Returns how many were. */
  async send(numRuns: number, seed: number): Promise<number> {
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(hostileRequests(this.#known), async (request) => {
        await this.#send(request);
        sent++;
      }),
      { numRuns, seed },
    );
    expect((await this.#server.call('/healthz')).status).toBe(200);
    return sent;
  }

  async #send({ path, body }: HostileRequest): Promise<void> {
    const { status, headers, text, json } = await this.#server.call(path, {
      method: 'POST',
      token: this.#token,
      body,
      signal: AbortSignal.timeout(60_000),
    });
    expect(status, text.slice(0, 500)).toBe(200);
    if (headers.get('content-type')?.startsWith('text/event-stream')) expectWholeStream(text);
    else expect(this.#schemas.get(path)?.safeParse(json).error).toBeUndefined();
  }
}

function expectWholeStream(text: string): void {
  const events = text.trimEnd().split('\n\n');
  expect(events.pop()).toBe('data: [DONE]');
  for (const event of events) {
    expect(event).toMatch(/^data: \{[^\n]*\}$/);
    expect(JSON.parse(event.slice('data: '.length))).not.toHaveProperty('error');
  }
}
