import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatManifest, planScan } from '@countermark/corpus';
import { detectFileLayouts } from '@countermark/corpus/internal';
import { describe, expect, it, onTestFinished } from 'vitest';
import { keyFrom } from '../../support/random-key.ts';

const ADDRESSES = 60;
const AT_ONCE = 16;
const key = keyFrom('many addresses', 1000);

/** How a server answers: in the order of its requests, or the last of those that wait first. */
type Order = 'first' | 'last';

interface Served {
  readonly locations: readonly string[];
  most: number;
  order: Order;
}

/** Serves files, but for those that fail. */
async function serve(failing: readonly number[] = []): Promise<Served> {
  const waiting: (() => void)[] = [];
  let isHeld = true;
  const served = { locations: [] as string[], most: 0, order: 'first' as Order };
  const answer = (url: string, isHead: boolean, response: ServerResponse): void => {
    const number = Number(/\d+/.exec(url)?.[0]);
    if (failing.includes(number)) {
      response.writeHead(404).end();
      return;
    }
    const body = `${JSON.stringify({ text: 'x'.repeat(1 + number) })}\n`;
    response.writeHead(200, { 'content-length': body.length }).end(isHead ? undefined : body);
  };
  const server = createServer(({ url = '', method }, response) => {
    waiting.push(() => answer(url, method === 'HEAD', response));
    served.most = Math.max(served.most, waiting.length);
    // Nobody is answered before two are asked at a time, which for one after another is never.
    if (served.most < 2) return;
    setImmediate(() => {
      const due = isHeld ? waiting.length : 1;
      isHeld = false;
      for (let i = 0; i < due; i++) (served.order === 'first' ? waiting.shift() : waiting.pop())?.();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  served.locations.push(
    ...Array.from({ length: ADDRESSES }, (_, i) => `${base}/${i}.jsonl?signature=hidden`),
  );
  return served;
}

describe('planning a scan of many addresses', () => {
  it('asks several at a time and no more than a bound, to the same manifest whatever the order of answers', async () => {
    const served = await serve();
    const manifests: string[] = [];
    const told: number[][] = [];
    for (const order of ['first', 'last'] as const) {
      served.order = order;
      const numbers: number[] = [];
      const onDetected = (_: string, __: unknown, at: number) => numbers.push(at);
      const files = await detectFileLayouts(served.locations, {}, { onDetected });
      manifests.push(formatManifest(await planScan([key], files)));
      told.push(numbers);
    }
    expect(manifests[1]).toBe(manifests[0]);
    const inOrder = Array.from({ length: ADDRESSES }, (_, i) => i);
    expect(told).toEqual([inOrder, inOrder]);
    expect(served.most).toBeGreaterThan(1);
    expect(served.most).toBeLessThanOrEqual(AT_ONCE);
  });

  it('names the first address that fails, whichever is answered first, and none of its query', async () => {
    const served = await serve([3, 7, 50]);
    served.order = 'last';
    const error: unknown = await detectFileLayouts(served.locations).catch((one) => one);
    expect(String(error)).toMatch(/\/3\.jsonl\?…: the server answers 404$/);
    expect(String(error)).not.toContain('hidden');
  });

  it('ends with the reason of its signal', async () => {
    const { locations } = await serve();
    const signal = AbortSignal.abort(new Error('enough of it'));
    await expect(detectFileLayouts(locations, {}, { signal })).rejects.toThrow('enough of it');
  });
});
