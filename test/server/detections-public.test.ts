import { demoModelFiles } from '@countermark/demo-model';
import { Detector } from '@countermark/detector';
import { seededRandom, type WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markedIds } from '../support/marked-ids.ts';
import { randomIds } from '../support/random-key.ts';
import { type Answer, keyFor, type Served, serve } from './detection-server.ts';

const BUDGET = 12;
const SIMILAR = 3;
const CONTEXT_WIDTH = 4;
/** Different tuples that a text needs, and the tokens that have so many. */
const LEAST_TUPLES = 200;
const LEAST_TOKENS = LEAST_TUPLES + CONTEXT_WIDTH;

let served: Served;
let open: WatermarkKey;
let secret: WatermarkKey;
let narrow: WatermarkKey;
beforeAll(async () => {
  served = await serve({
    COUNTERMARK_PUBLIC_BUDGET: String(BUDGET),
    COUNTERMARK_PUBLIC_SIMILAR: String(SIMILAR),
    COUNTERMARK_RETENTION_HOURS: '1',
  });
  open = await keyFor('demo', 'public key');
  secret = await keyFor('demo', 'private key');
  narrow = await keyFor('demo', 'narrow key', { contextWidth: 2 });
  await served.server.store.keys.add(open, 'open', true);
  await served.server.store.keys.add(secret, 'secret', false);
  await served.server.store.keys.add(narrow, 'narrow', true);
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

const text = (seed: string, count = 300): string => words(seed, count).join(' ');

describe('POST /v1/detections without an API key', () => {
  it('says yes or no of a text that is long enough, and nothing else', async () => {
    const detector = new Detector([open]);
    const marked = Array.from(markedIds(open, undefined, 400, 'marked'));
    const unmarked = Array.from(randomIds(seededRandom('unmarked'), 400, open.params.tokenizer.vocabSize));
    const found = new Set<unknown>();
    for (const ids of [marked, unmarked]) {
      // Half a mark, so that evidence lies on both sides of the level.
      for (const count of [LEAST_TOKENS, 230, 300, 400]) {
        const tokenIds = [...ids.slice(0, 60), ...unmarked.slice(60, count)];
        const { status, json } = await ask({ tokenIds, keyIds: [open.keyId] });
        const { verdict } = detector.detect(tokenIds);
        expect(status).toBe(200);
        const strength = verdict === 'detected' ? 6 : 0;
        expect(json).toEqual({ object: 'public-detection', verdict, strength, minTokens: LEAST_TUPLES });
        found.add(verdict);
      }
    }
    detector.close();
    expect([...found].sort()).toEqual(['detected', 'not-detected']);
  });

  it('answers all short texts alike, down to the headers, whatever slots their contexts are in', async () => {
    const marked = Array.from(markedIds(open, undefined, 400, 'short'));
    const questions: object[] = [
      { tokenIds: [] },
      { tokenIds: [1] },
      { text: 'a' },
      { tokenIds: marked.slice(0, LEAST_TOKENS - 1) },
      // Long, but of one tuple.
      { tokenIds: Array<number>(5_000).fill(7) },
      // h + 1 ids, of every context of a text: the slot of each could be told from the number of scored tokens.
      ...Array.from({ length: 40 }, (_, i) => ({ tokenIds: marked.slice(i, i + CONTEXT_WIDTH + 1) })),
    ];
    const answers = new Set<string>();
    for (const question of questions) {
      const { status, text: body, headers } = await ask({ ...question, keyIds: [open.keyId] });
      expect(status).toBe(200);
      const said = [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date');
      answers.add(JSON.stringify([body, said]));
    }
    expect([...answers].map((answer) => JSON.parse(JSON.parse(answer)[0]))).toEqual([
      { object: 'public-detection', verdict: 'inconclusive', strength: 0, minTokens: LEAST_TUPLES },
    ]);
  });

  it('does not say how many tokens were scored: too few are no mark', async () => {
    const detector = new Detector([open]);
    const random = seededRandom('other slots');
    // Goes on with tokens after which the next context is in no common slot.
    const chosen = Array.from(randomIds(random, CONTEXT_WIDTH, open.params.tokenizer.vocabSize));
    while (chosen.length < LEAST_TOKENS) {
      const [next = 0] = randomIds(random, 1, open.params.tokenizer.vocabSize);
      const probe = [...chosen.slice(1 - CONTEXT_WIDTH), next, 0];
      if (detector.detect(probe).scored === 0) chosen.push(next);
    }
    expect(detector.detect(chosen)).toMatchObject({ verdict: 'inconclusive' });
    expect((await ask({ tokenIds: chosen, keyIds: [open.keyId] })).json).toMatchObject({
      verdict: 'not-detected',
    });
    detector.close();
  });

  it('tests texts', async () => {
    const tokenizer = await openTokenizer(demoModelFiles().tokenizer);
    const detector = new Detector([open, narrow], { tokenizers: [tokenizer] });
    const document = text('a text', 300);
    const { verdict } = detector.detect(document);
    expect((await ask({ text: document })).json).toMatchObject({ verdict });
    detector.close();
    tokenizer.close();
  });

  it('answers at one of the times that are fifty milliseconds apart', async () => {
    const waits: number[] = [];
    for (let i = 0; i < 5; i++) {
      const started = performance.now();
      await ask({ text: text(`time ${i}`) });
      waits.push(performance.now() - started);
    }
    expect(Math.min(...waits)).toBeGreaterThan(49);
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
    const changed = words('climbed', 300);
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

  it('stops who breaks the text up with junk, where its tuples are shorter than what stays whole', async () => {
    const from = '198.51.100.7';
    const { vocabSize } = narrow.params.tokenizer;
    const ids = randomIds(seededRandom('broken up'), 300, vocabSize);
    const statuses: number[] = [];
    for (let step = 0; step <= SIMILAR; step++) {
      const junk = randomIds(seededRandom(`junk ${step}`), 60, vocabSize);
      const tokenIds = Array.from(ids, (id, i) => (i % 5 === 4 ? (junk[(i - 4) / 5] ?? 0) : id));
      statuses.push((await ask({ tokenIds, keyIds: [narrow.keyId] }, from)).status);
    }
    expect(statuses).toEqual([...Array<number>(SIMILAR).fill(200), 429]);
  });

  it('stops who asks about a small piece beside ever new text, whichever keys are named', async () => {
    const from = '198.51.100.8';
    const { vocabSize } = open.params.tokenizer;
    const piece = Array.from(randomIds(seededRandom('piece'), 60, vocabSize));
    const answers: Answer[] = [];
    for (let step = 0; step <= SIMILAR; step++) {
      const beside = Array.from(randomIds(seededRandom(`beside ${step}`), 400, vocabSize));
      const keyIds = step % 2 === 0 ? [open.keyId] : [narrow.keyId, open.keyId];
      answers.push(await ask({ tokenIds: [...beside, ...piece], keyIds }, from));
    }
    expect(answers.map(({ status }) => status)).toEqual([...Array<number>(SIMILAR).fill(200), 429]);
    expect(answers.at(-1)?.json).toMatchObject({
      detail: `the text repeats passages that were tested ${SIMILAR} times within an hour: test another text, or wait`,
      limit: { name: 'COUNTERMARK_PUBLIC_SIMILAR', value: SIMILAR },
    });
  });

  it.each([1, 2, 4])(
    'stops who edits a twentieth and pads to three times the length, with a context width of %i',
    async (contextWidth) => {
      const from = `198.51.101.${contextWidth}`;
      const key = await keyFor('demo', `width ${contextWidth}`, { contextWidth });
      await served.server.store.keys.add(key, `width ${contextWidth}`, true);
      const { vocabSize } = key.params.tokenizer;
      const text = randomIds(seededRandom(`padded ${contextWidth}`), 300, vocabSize);
      const statuses: number[] = [];
      for (let step = 0; step < SIMILAR + 3; step++) {
        const random = seededRandom(`edits ${contextWidth} ${step}`);
        const edited = Array.from(text, (id) => (random() < 0.05 ? Math.floor(vocabSize * random()) : id));
        const tokenIds = [
          ...randomIds(random, 300, vocabSize),
          ...edited,
          ...randomIds(random, 300, vocabSize),
        ];
        statuses.push((await ask({ tokenIds, keyIds: [key.keyId] }, from)).status);
      }
      // Of 300 runs of five, 0.95^5 = 0.77 are whole in each question, so that far more than 16 were asked about each time.
      expect(statuses).toEqual([...Array<number>(SIMILAR).fill(200), 429, 429, 429]);
    },
  );

  it('lets texts share a heading', async () => {
    const from = '198.51.100.9';
    const heading = text('heading', 18);
    for (let i = 0; i < BUDGET; i++) {
      const body = { text: `${heading}. ${text(`below ${i}`)}`, keyIds: [open.keyId] };
      expect((await ask(body, from)).status).toBe(200);
    }
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

describe('the budget of all clients of the public tier together', () => {
  it('ends whoever asks, says so, and costs who is refused nothing', async () => {
    const total = 3;
    const small = await serve({ COUNTERMARK_PUBLIC_TOTAL: String(total), COUNTERMARK_PUBLIC_BUDGET: '2' });
    try {
      await small.server.store.keys.add(open, 'open', true);
      const statusOf = async (seed: string, from: string) =>
        small.detect({ text: text(seed) }, undefined, from);
      for (let i = 0; i < total; i++) expect((await statusOf(`all ${i}`, `203.0.113.${i}`)).status).toBe(200);
      for (let i = 0; i < 3; i++) {
        const { status, json, headers } = await statusOf('one more', '203.0.113.99');
        expect([status, json]).toMatchObject([
          429,
          { error: { code: 'budget-spent' }, limit: { name: 'COUNTERMARK_PUBLIC_TOTAL', value: total } },
        ]);
        expect(Number(headers.get('Retry-After'))).toBeGreaterThan(3500);
      }
      // Whoever has an API key is not of the public.
      const token = await small.token('detect');
      expect((await small.detect({ text: text('signed in') }, token)).status).toBe(200);
    } finally {
      await small.close();
    }
  });
});
