/** Keys that were rotated for years: none keeps texts from being tested, and answers say what was tested. */
import { seededRandom, Watermarker, WatermarkKey } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { openDemo } from '../support/demo.ts';
import { secretFrom } from '../support/random-key.ts';
import { type Answer, startTestServer } from './test-server.ts';

const DAY_MS = 24 * 3600 * 1000;

const demo = await openDemo();
const params = demo.params({ commonShare: 1, accountShare: 0 });
await demo.close();

const keyOf = (name: string): WatermarkKey => new WatermarkKey(params, secretFrom(seededRandom(name)));

/** 400 token ids that a key marked. */
function markedIds(key: WatermarkKey): number[] {
  const watermarker = new Watermarker(key);
  const generation = watermarker.start({ startBits: 0, random: seededRandom('years') });
  const random = seededRandom('years logits');
  const logits = () => Float32Array.from({ length: params.tokenizer.vocabSize }, () => 3 * random());
  const ids = Array.from({ length: 400 }, () => generation.next(logits()));
  watermarker.close();
  return ids;
}

/** A server with keys of a label each, retired but for the last; with what changes and tests them. */
async function serverWith(names: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const server = await startTestServer(env);
  const keys = names.map(keyOf);
  for (const key of keys) await server.store.keys.add(key, 'years', true).then(() => retireBut(key));
  async function retireBut(key: WatermarkKey): Promise<void> {
    if (key !== keys.at(-1)) await server.store.keys.retire(key.keyId);
  }
  const token = await server.newToken(['detect', 'admin']);
  const post = (path: string, body: object, by?: string): Promise<Answer> =>
    server.call(path, { method: 'POST', body, ...(by === undefined ? {} : { token: by }) });
  return {
    server,
    keys,
    change: (key: WatermarkKey, body: object) => post(`/v1/keys/${key.keyId}`, body, token),
    detect: (body: object) => post('/v1/detections', body, token),
    detectPublicly: (body: object) => post('/v1/detections', body),
  };
}

const idsOf = (answer: Answer): string[] =>
  (answer.json as { keys: { keyId: string }[] }).keys.map(({ keyId }) => keyId);

describe('twenty-five keys of one label', () => {
  it('are all tested for, by anybody too, and the oldest is found', async () => {
    const names = Array.from({ length: 25 }, (_, i) => `year ${i}`);
    const { keys, detect, detectPublicly } = await serverWith(names);
    const [oldest] = keys;
    const tokenIds = markedIds(oldest!);
    const answer = await detect({ tokenIds });
    expect(answer.json).toMatchObject({
      verdict: 'detected',
      keyId: oldest!.keyId,
      untested: [],
      corrections: [{ method: 'holm', over: 'keys', tests: 25 }],
    });
    expect(idsOf(answer)).toHaveLength(25);
    expect((await detectPublicly({ tokenIds })).json).toEqual({
      object: 'public-detection',
      verdict: 'detected',
      strength: 6,
      minTokens: 200,
    });
  });
});

describe('POST /v1/keys/{keyId}', () => {
  it('archives a retired key: it is tested where it is named, and said to be untested elsewhere', async () => {
    const { keys, change, detect, detectPublicly } = await serverWith(['a', 'b']);
    const [old, active] = keys as [WatermarkKey, WatermarkKey];
    expect((await change(active, { archived: true })).status).toBe(409);
    expect((await change(old, { archived: true })).json).toMatchObject({
      archived: expect.stringMatching(/Z$/),
      public: true,
    });
    const tokenIds = markedIds(old);
    const answer = await detect({ tokenIds });
    expect(idsOf(answer)).toEqual([active.keyId]);
    expect(answer.json).toMatchObject({
      verdict: 'not-detected',
      untested: [{ keyId: old.keyId, reason: 'archived' }],
    });
    expect((await detectPublicly({ tokenIds })).json).toMatchObject({
      verdict: 'not-detected',
      untested: 1,
    });
    const named = { tokenIds, keyIds: [old.keyId] };
    expect((await detect(named)).json).toMatchObject({ verdict: 'detected', untested: [] });
    expect((await detectPublicly(named)).json).toMatchObject({ verdict: 'detected' });
    expect((await change(old, { archived: false })).json).toMatchObject({ archived: null });
    expect((await detect({ tokenIds })).json).toMatchObject({ verdict: 'detected' });
  });

  it('publishes a key, and takes it back', async () => {
    const { server, keys, change, detectPublicly } = await serverWith(['a', 'b']);
    const [old] = keys as [WatermarkKey];
    const named = { tokenIds: markedIds(old), keyIds: [old.keyId] };
    await change(old, { public: false });
    expect((await detectPublicly(named)).status).toBe(404);
    const known = (await server.call('/.well-known/countermark.json')).json as { keys: unknown[] };
    expect(known.keys).toHaveLength(1);
    await change(old, { public: true });
    expect((await detectPublicly(named)).json).toMatchObject({ verdict: 'detected' });
  });

  it('says when a key marked, and answers 404 and 409 to what cannot be', async () => {
    const { keys, change } = await serverWith(['a', 'b']);
    const [old] = keys as [WatermarkKey];
    const period = { validFrom: '2021-01-01T00:00:00Z', validUntil: '2022-01-01T01:00:00+01:00' };
    expect((await change(old, period)).json).toMatchObject({
      validFrom: '2021-01-01T00:00:00.000Z',
      validUntil: '2022-01-01T00:00:00.000Z',
    });
    expect((await change(old, { validUntil: '2020-01-01T00:00:00Z' })).status).toBe(409);
    expect((await change(keyOf('unknown'), {})).status).toBe(404);
    expect((await change(old, { validFrom: null, validUntil: null })).json).toMatchObject({
      validFrom: null,
      validUntil: null,
    });
  });
});

describe("a document's own time", () => {
  it('narrows the keys to those that marked then, a day before and after included', async () => {
    const { keys, change, detect, detectPublicly } = await serverWith(['a', 'b', 'c']);
    const [first, second, active] = keys as [WatermarkKey, WatermarkKey, WatermarkKey];
    await change(first, { validFrom: '2021-01-01T00:00:00Z', validUntil: '2022-01-01T00:00:00Z' });
    await change(second, { validFrom: '2022-01-01T00:00:00Z', validUntil: '2023-01-01T00:00:00Z' });
    const tokenIds = markedIds(first);
    const keysAt = async (written: object): Promise<string[]> => idsOf(await detect({ tokenIds, written }));
    const at = (time: string, days = 0): string => new Date(Date.parse(time) + days * DAY_MS).toISOString();
    expect(await keysAt({ until: at('2021-06-01T00:00:00Z') })).toEqual([first.keyId]);
    expect(await keysAt({ from: at('2022-06-01T00:00:00Z'), until: at('2022-07-01T00:00:00Z') })).toEqual([
      second.keyId,
    ]);
    expect(await keysAt({ from: at('2022-01-01T00:00:00Z', 1), until: at('2022-02-01T00:00:00Z') })).toEqual([
      first.keyId,
      second.keyId,
    ]);
    expect(await keysAt({ from: at('2022-01-01T00:00:01Z', 1), until: at('2022-02-01T00:00:00Z') })).toEqual([
      second.keyId,
    ]);
    expect(await keysAt({ from: at('2023-01-03T00:00:00Z') })).toEqual([active.keyId]);
    expect(await keysAt({})).toHaveLength(3);
    const late = await detect({ tokenIds, written: { from: '2022-06-01T00:00:00Z' } });
    expect(late.json).toMatchObject({
      verdict: 'not-detected',
      untested: [{ keyId: first.keyId, reason: 'period' }],
    });
    expect(
      (await detectPublicly({ tokenIds, written: { until: '2021-06-01T00:00:00Z' } })).json,
    ).toMatchObject({
      verdict: 'detected',
      untested: 2,
    });
    const before = await detect({ tokenIds, written: { until: '2019-01-01T00:00:00Z' } });
    expect([before.status, before.json]).toMatchObject([404, { detail: 'no key was marking at that time' }]);
  });

  it('is refused where it cannot be meant', async () => {
    const { detect } = await serverWith(['a']);
    const reversed = { from: '2022-01-02T00:00:00Z', until: '2022-01-01T00:00:00Z' };
    for (const [body, param] of [
      [{ keyIds: ['0'.repeat(32)], written: {} }, 'written'],
      [{ written: reversed }, 'written.until'],
      [{ written: { from: 'yesterday' } }, 'written.from'],
    ] as const) {
      const { status, json } = await detect({ tokenIds: [1], ...body });
      expect([status, json]).toMatchObject([400, { error: { param } }]);
    }
  });
});

describe('more keys than COUNTERMARK_MAX_KEYS', () => {
  it('are tested for as far as it goes, those that marked last first, and the others are listed', async () => {
    const { keys, detect, detectPublicly } = await serverWith(['a', 'b', 'c', 'd'], {
      COUNTERMARK_MAX_KEYS: '2',
    });
    const [first, second, third, active] = keys.map(({ keyId }) => keyId);
    const answer = await detect({ tokenIds: markedIds(keys[0]!) });
    expect(idsOf(answer)).toEqual([third, active]);
    expect(answer.json).toMatchObject({
      untested: [
        { keyId: first, reason: 'limit' },
        { keyId: second, reason: 'limit' },
      ],
    });
    expect((await detectPublicly({ tokenIds: markedIds(keys[3]!) })).json).toMatchObject({
      verdict: 'detected',
      untested: 2,
    });
    const named = await detect({ tokenIds: [1], keyIds: [first, second, third] });
    expect([named.status, named.json]).toMatchObject([
      422,
      { limit: { name: 'COUNTERMARK_MAX_KEYS', value: 2 } },
    ]);
  });
});
