import { demoModelFiles } from '@countermark/demo-model';
import { Detector } from '@countermark/detector';
import { seededRandom, type WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markedIds } from '../support/marked-ids.ts';
import { keyFor, type Served, serve } from './detection-server.ts';

const BUDGET = 12;
const SIMILAR = 3;
const STRENGTHS = [0, 3, 6, 10, 20, 50, 100];

let served: Served;
let open: WatermarkKey;
let secret: WatermarkKey;
beforeAll(async () => {
  served = await serve({
    COUNTERMARK_PUBLIC_BUDGET: String(BUDGET),
    COUNTERMARK_PUBLIC_SIMILAR: String(SIMILAR),
    COUNTERMARK_RETENTION_HOURS: '1',
  });
  open = await keyFor('demo', 'public key');
  secret = await keyFor('demo', 'private key');
  await served.server.store.keys.add(open, 'open', true);
  await served.server.store.keys.add(secret, 'secret', false);
}, 60_000);
afterAll(() => served.close());

/** Asks without an API key, from an address of its own unless one is given. */
let next = 0;
const ask = (body: unknown, from = `192.0.2.${++next}`) => served.detect(body, undefined, from);

// Words in an order that no two texts share.
function words(seed: string, count: number): string[] {
  const random = seededRandom(seed);
  const known = 'time people way water day part sound work place year live back give most thing name'.split(
    ' ',
  );
  return Array.from({ length: count }, () => known[Math.floor(known.length * random())] ?? '');
}

const text = (seed: string, count = 120): string => words(seed, count).join(' ');

describe('POST /v1/detections without an API key', () => {
  it('says the verdict, how strong it is in steps, and of how many tokens; nothing else', async () => {
    const detector = new Detector([open]);
    const strengths = new Set<unknown>();
    const marked = Array.from(markedIds(open, undefined, 400, 'marked'));
    for (const count of [1, 12, 20, 30, 45, 60, 130, 400]) {
      const tokenIds = marked.slice(0, count);
      const { status, json } = await ask({ tokenIds });
      const { verdict, scored, log10PValue } = detector.detect(tokenIds);
      const strength = STRENGTHS.filter((step) => step <= -log10PValue).at(-1);
      expect(status).toBe(200);
      expect(json).toEqual({ object: 'public-detection', verdict, strength, scored });
      strengths.add(strength);
    }
    detector.close();
    expect(strengths.size).toBeGreaterThan(3);
  });

  it('tests texts', async () => {
    const tokenizer = await openTokenizer(demoModelFiles().tokenizer);
    const detector = new Detector([open], { tokenizers: [tokenizer] });
    const document = text('a text', 300);
    const { verdict, scored } = detector.detect(document);
    expect((await ask({ text: document })).json).toMatchObject({ verdict, scored });
    detector.close();
    tokenizer.close();
  });

  it('never tests for a private key, and tells it from an unknown one by nothing', async () => {
    const tokenIds = Array.from(markedIds(secret, undefined, 300, 'private'));
    expect((await ask({ tokenIds })).json).toMatchObject({ verdict: 'not-detected' });
    const ofPrivate = await ask({ tokenIds, keyIds: [secret.keyId] });
    const ofUnknown = await ask({ tokenIds, keyIds: ['0'.repeat(32)] });
    const without = ({ status, json }: typeof ofPrivate, keyId: string) =>
      JSON.stringify([status, { ...json, instance: '' }]).replaceAll(keyId, '');
    expect(ofPrivate.status).toBe(404);
    expect(without(ofPrivate, secret.keyId)).toBe(without(ofUnknown, '0'.repeat(32)));
  });

  it.each([
    ['regions', true],
    ['tokens', true],
    ['curve', true],
    ['accounts', { ids: ['a'] }],
    ['alpha', 0.5],
    ['minTokens', 1],
    ['regions', false],
  ])('refuses "%s": %j', async (field, value) => {
    const { status, json } = await ask({ text: 'a', [field]: value });
    expect([status, json]).toMatchObject([403, { error: { code: 'forbidden', param: field } }]);
  });

  it('keeps nothing', async () => {
    const { headers } = await ask({ text: text('kept') });
    expect(headers.get('Location')).toBeNull();
    const rows = await served.server.store.database.query('select id from countermark.detections');
    expect(rows).toEqual([]);
  });

  it('fetches no detection', async () => {
    const { status } = await served.call('GET', '/v1/detections/00000000-0000-4000-8000-000000000000');
    expect(status).toBe(401);
  });
});

describe('the budget of the public tier', () => {
  it('ends after so many detections, and says when it is renewed', async () => {
    const from = '198.51.100.1';
    for (let i = 0; i < BUDGET; i++)
      expect((await ask({ text: text(`budget ${i}`) }, from)).status).toBe(200);
    const { status, headers, json } = await ask({ text: text('one more') }, from);
    expect([status, json]).toMatchObject([429, { error: { code: 'budget-spent' } }]);
    const seconds = Number(headers.get('Retry-After'));
    expect(seconds).toBeGreaterThan(3500);
    expect(seconds).toBeLessThanOrEqual(3600);
    expect((await ask({ text: text('one more') }, '198.51.100.2')).status).toBe(200);
  });

  it('is not spent by what is refused', async () => {
    const from = '198.51.100.3';
    for (let i = 0; i < BUDGET + 1; i++)
      expect((await ask({ text: 'a', alpha: 0.5 }, from)).status).toBe(403);
    expect((await ask({ text: text('allowed') }, from)).status).toBe(200);
  });

  it('is charged more for longer texts', async () => {
    const from = '198.51.100.4';
    // 1 and 4 of 12, 25,000 characters each; a third would be one too many.
    for (let i = 0; i < 2; i++) {
      expect((await ask({ text: text(`long ${i}`, 22_000).slice(0, 100_000) }, from)).status).toBe(200);
    }
    expect((await ask({ text: text('long 3', 22_000).slice(0, 100_000) }, from)).status).toBe(429);
    expect((await ask({ text: text('short') }, from)).status).toBe(200);
  });

  it('is common to the addresses of an IPv6 network of 64 bits', async () => {
    for (let i = 0; i < BUDGET; i++) {
      const from = i % 2 === 0 ? `2001:db8:0:1::${i + 1}` : `2001:0DB8:0000:0001:ffff::${i}`;
      expect((await ask({ text: text(`network ${i}`) }, from)).status).toBe(200);
    }
    expect((await ask({ text: text('same network') }, '2001:db8:0:1:a:b:c:d')).status).toBe(429);
    expect((await ask({ text: text('another network') }, '2001:db8:0:2::1')).status).toBe(200);
  });

  it('stops who changes a text in small steps', async () => {
    const from = '198.51.100.5';
    const changed = words('climbed', 200);
    const statuses: number[] = [];
    for (let step = 0; step < SIMILAR + 2; step++) {
      statuses.push((await ask({ text: changed.join(' ') }, from)).status);
      changed[10 * step + 5] = 'other';
    }
    expect(statuses).toEqual([...Array<number>(SIMILAR).fill(200), 429, 429]);
    expect((await ask({ text: text('a different text') }, from)).status).toBe(200);
    // Others may ask for the same text.
    expect((await ask({ text: changed.join(' ') })).status).toBe(200);
  });

  it('stops who hides the text in much other text', async () => {
    const from = '198.51.100.6';
    const statuses: number[] = [];
    for (let step = 0; step <= SIMILAR; step++) {
      const padded = `${text('hidden', 200)} ${text(`padding ${step}`, 400)}`;
      statuses.push((await ask({ text: padded }, from)).status);
    }
    expect(statuses).toEqual([...Array<number>(SIMILAR).fill(200), 429]);
  });
});
