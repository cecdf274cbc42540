/** The texts that the page offers to try: one of them marked, where that can be said honestly. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, keyFor, type Served, serve } from './detection-server.ts';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

const example = (name: string): Promise<Answer> => served.call('GET', `/v1/examples/${name}`);
const page = async (): Promise<string> => (await served.call('GET', '/')).text;

describe('GET /v1/examples/{name}', () => {
  it('has no marked text where no public key is the bundled model’s', async () => {
    expect((await example('marked')).status).toBe(404);
    expect(await page()).not.toContain('data-example="marked"');
    await served.server.store.keys.add(await keyFor('cl100k_base', 'a vendor'), 'vendor', true);
    await served.server.store.keys.add(await keyFor('demo', 'private'), 'private', false);
    expect((await example('marked')).status).toBe(404);
    expect(await page()).not.toContain('data-example="marked"');
    expect((await example('other')).status).toBe(400);
  });

  it('has a marked text and one that is not, which the public tier tells apart, for every key of the server', async () => {
    const key = await keyFor('demo', 'the demo key');
    await served.server.store.keys.add(key, 'demo', true);
    expect(await page()).toContain('data-example="marked"');
    const texts = await Promise.all(['marked', 'unmarked', 'marked'].map(example));
    for (const { status, headers } of texts) {
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
    }
    const [marked, unmarked, again] = texts.map(({ json }) => json);
    // Written once, however many ask.
    expect(again).toEqual(marked);
    expect(marked?.['source']).toContain('under the key demo');
    expect(unmarked?.['source']).toContain('1859');
    const test = async (text: unknown): Promise<unknown> => (await served.detect({ text })).json['verdict'];
    expect(await test(marked?.['text'])).toBe('detected');
    expect(await test(unmarked?.['text'])).toBe('not-detected');
    const alone = await served.detect({ text: marked?.['text'], keyIds: [key.keyId] });
    expect(alone.json['verdict']).toBe('detected');
  });

  it('has none under a key that is retired, and writes another under its successor', async () => {
    const [old] = (await served.server.store.keys.list()).filter(({ label }) => label === 'demo');
    const before = (await example('marked')).json['text'];
    const admin = await served.token('admin');
    await served.call('POST', `/v1/keys/${old?.keyId}/rotate`, { token: admin });
    const after = (await example('marked')).json['text'];
    expect(after).not.toBe(before);
    const [active] = (await served.server.store.keys.list()).filter(
      ({ label, status }) => label === 'demo' && status === 'active',
    );
    expect((await served.detect({ text: after, keyIds: [active?.keyId] })).json['verdict']).toBe('detected');
    await served.call('POST', `/v1/keys/${active?.keyId}/retire`, { token: admin });
    expect((await example('marked')).status).toBe(404);
  });
});
