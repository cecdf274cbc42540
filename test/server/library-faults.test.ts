/** What the library refuses though the request was as it should be: a fault of ours, which nobody is told is his. */
import { Watermarker } from '@countermark/watermark';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { keyFor, type Served, serve } from './detection-server.ts';

const MESSAGE = '"secret" expected something else';

let served: Served;
let token: string;
let keyId: string;

beforeAll(async () => {
  served = await serve();
  const key = await keyFor('demo', 'library faults');
  ({ keyId } = key);
  await served.server.store.keys.add(key, 'demo', false);
  token = await served.token('engine', 'sample');
});

afterAll(async () => {
  vi.restoreAllMocks();
  await served.close();
});

it.each([RangeError, TypeError])('is answered 500 and logged without its message: %o', async (Kind) => {
  const sequences = [{ context: [1, 2, 3, 4], generated: 0, tokenIds: [5, 6], logits: [0, 0] }];
  const calls: [path: string, body: unknown][] = [
    ['/v1/watermark/sample', { keyId, sequences }],
    ['/v1/completions', { model: 'demo', prompt: 'a', max_tokens: 1 }],
    ['/v1/chat/completions', { model: 'demo', messages: [{ role: 'user', content: 'a' }], max_tokens: 1 }],
  ];
  for (const [path, body] of calls) {
    const refusal = vi.spyOn(Watermarker.prototype, 'start').mockImplementation(() => {
      throw new Kind(MESSAGE);
    });
    const before = served.log().length;
    const { status, json } = await served.call('POST', path, { token, body });
    expect({ status, json }, path).toMatchObject({ status: 500, json: { detail: 'internal error' } });
    expect(refusal).toHaveBeenCalledOnce();
    const logged = served.log().slice(before);
    expect(logged).toContain('a request failed');
    expect(logged).toContain(`"name":"${Kind.name}"`);
    expect(logged).not.toContain('secret');
    refusal.mockRestore();
    expect((await served.call('POST', path, { token, body })).status, path).toBe(200);
  }
});

it('leaves all sequences of a call as they were where one of them is at fault', async () => {
  const right = { context: [1, 2, 3, 4], responseId: 'kept', tokenIds: [5, 6], logits: [0, 0] };
  const start = vi.spyOn(Watermarker.prototype, 'start');
  const sequences = [right, { ...right, responseId: 'wrong', tokenIds: [5, 5] }];
  const { status, json } = await served.call('POST', '/v1/watermark/sample', {
    token,
    body: { keyId, sequences },
  });
  expect({ status, json }).toMatchObject({ status: 400, json: { error: { param: 'sequences.1' } } });
  expect(start).not.toHaveBeenCalled();
  start.mockRestore();
});
