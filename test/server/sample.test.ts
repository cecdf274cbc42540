import { Detector } from '@countermark/detector';
import { seededRandom, Watermarker } from '@countermark/watermark';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { keyFrom } from '../support/random-key.ts';
import { startSamplingServer } from './sampling-server.ts';

const PATH = '/v1/watermark/sample';
const VOCAB = 5000;
const WIDTH = 2;
const ACCOUNT = 'customer-17@example.org';

// Every slot is common, so that with all candidates in sight each marked step has one outcome.
const key = keyFrom('sample', VOCAB, { contextWidth: WIDTH, commonShare: 1, accountShare: 0 });
const greedyKey = keyFrom('greedy', VOCAB, {
  contextWidth: WIDTH,
  commonShare: 1,
  accountShare: 0,
  scheme: { kind: 'green-list', gamma: 0.5, delta: 5 },
});
const tracingKey = keyFrom('tracing', VOCAB, { contextWidth: WIDTH });
const { keyId } = key;

const server = await startSamplingServer({
  COUNTERMARK_MAX_SEQUENCES: '8',
  COUNTERMARK_MAX_CANDIDATES: '100',
  COUNTERMARK_MODEL: 'none',
});
await server.store.keys.add(key, 'chat', false);
await server.store.keys.add(greedyKey, 'greedy', false);
await server.store.keys.add(tracingKey, 'tracing', false);

function candidates(random: () => number, count = 40) {
  const tokenIds = Array.from({ length: count }, (_, i) => 100 * i + Math.floor(100 * random()));
  return { tokenIds, logits: tokenIds.map(() => Math.fround(3 * random())) };
}

const one = { context: [1, 2], generated: 0, tokenIds: [3, 4], logits: [0, 0] };

describe(`POST ${PATH}`, () => {
  it('marks sequences so that the library detects them', async () => {
    const random = seededRandom('engine');
    const texts: number[][] = Array.from({ length: 8 }, (_, i) => [i, i + 1]);
    const start = texts.map((text) => text.length);
    for (let step = 0; step < 60; step++) {
      const sequences = texts.map((context, i) => ({
        context: context.slice(-WIDTH),
        responseId: `response ${i}`,
        accountId: ACCOUNT,
        ...candidates(random),
      }));
      const { status, json } = await server.post(PATH, { label: 'tracing', sequences });
      expect({ status, keyId: json['keyId'] }).toEqual({ status: 200, keyId: tracingKey.keyId });
      (json['tokenIds'] as number[]).forEach((tokenId, i) => {
        expect(sequences[i]!.tokenIds).toContain(tokenId);
        texts[i]!.push(tokenId);
      });
    }
    const detector = new Detector([tracingKey]);
    for (const [i, text] of texts.entries()) {
      // 60 steps of 40 likely candidates carry some hundred nats: far below any false alarm.
      expect(detector.detect(text.slice(start[i]! - WIDTH)).log10PValue).toBeLessThan(-6);
    }
    detector.close();
  });

  it('chooses what the library chooses, remembered or not', async () => {
    const random = seededRandom('same');
    const watermarker = new Watermarker(key);
    const generation = watermarker.start({ ...AT_ONCE, prompt: [7, 8, 9] });
    const context = [7, 8, 9];
    for (let step = 0; step < 20; step++) {
      const { tokenIds, logits } = candidates(random);
      const expected = generation.chooseAmong(Uint32Array.from(tokenIds), Float32Array.from(logits));
      generation.push(expected);
      const { json } = await server.post(PATH, {
        keyId,
        sequences: [
          { ...AT_ONCE, context, responseId: 'same', tokenIds, logits },
          { ...AT_ONCE, context, generated: step, tokenIds, logits },
        ],
      });
      expect(json['tokenIds']).toEqual([expected, expected]);
      context.push(expected);
    }
    watermarker.close();
  });

  it('marks no context twice in a response, remembered or sent', async () => {
    const watermarker = new Watermarker(greedyKey);
    const random = seededRandom('twice');
    // A step in which the mark outweighs the likeliest token.
    const { tokenIds, logits } = Array.from({ length: 50 }, () => candidates(random)).find((step) => {
      const generation = watermarker.start({ ...AT_ONCE, prompt: [1, 2], sampling: { temperature: 0 } });
      const choice = generation.chooseAmong(Uint32Array.from(step.tokenIds), Float32Array.from(step.logits));
      return step.logits[step.tokenIds.indexOf(choice)]! < Math.max(...step.logits);
    })!;
    watermarker.close();
    const likeliest = tokenIds[logits.indexOf(Math.max(...logits))]!;
    const sampling = { temperature: 0 };
    const step = { ...AT_ONCE, tokenIds, logits, sampling };
    const ask = async (...sequences: object[]) =>
      (await server.post(PATH, { keyId: greedyKey.keyId, sequences })).json['tokenIds'] as number[];
    const remembered = { ...step, context: [1, 2], responseId: 'twice' };
    const [first] = await ask(remembered);
    expect(first).not.toBe(likeliest);
    expect(await ask(remembered, { ...remembered, responseId: 'another' })).toEqual([likeliest, first]);
    const sent = { ...step, context: [1, 2, first, 1, 2] };
    // The context 1, 2 is the prompt's last, then one of the response.
    expect(
      await ask({ ...sent, generated: 3 }, { ...sent, generated: 2 }, { ...sent, generated: 0 }),
    ).toEqual([likeliest, first, first]);
  });

  it('remembers a response for one API key alone', async () => {
    const sampling = { temperature: 0 };
    const sequences = [{ ...one, generated: undefined, responseId: 'mine', sampling }];
    await server.post(PATH, { label: 'greedy', sequences });
    const changed = [{ ...sequences[0], sampling: { temperature: 0.5 } }];
    const other = await server.authorizationOf('engine');
    expect((await server.post(PATH, { label: 'greedy', sequences: changed }, other)).status).toBe(200);
    const { status, json } = await server.post(PATH, { label: 'greedy', sequences: changed });
    expect({ status, detail: json['detail'] }).toEqual({
      status: 409,
      detail: 'the response was begun with another account, other sampling or another start',
    });
  });

  it('answers 409 to a retired key within a second', async () => {
    const retired = keyFrom('retired', VOCAB, { contextWidth: WIDTH });
    await server.store.keys.add(retired, 'retired', false);
    const ask = () => server.post(PATH, { keyId: retired.keyId, sequences: [one] });
    expect((await ask()).status).toBe(200);
    await server.store.keys.retire(retired.keyId);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await ask()).status).toBe(409);
    expect((await server.post(PATH, { label: 'retired', sequences: [one] })).status).toBe(404);
  });

  it('answers 401 without an API key, and 403 without the scope', async () => {
    const body = { keyId, sequences: [one] };
    expect((await server.post(PATH, body, '')).status).toBe(401);
    expect((await server.post(PATH, body, await server.authorizationOf('detect', 'admin'))).status).toBe(403);
  });

  const many = Array.from({ length: 101 }, (_, i) => i);
  it.each([
    ['more sequences', Array.from({ length: 9 }, () => one), 'COUNTERMARK_MAX_SEQUENCES', 8],
    ['more candidates', [{ ...one, tokenIds: many, logits: many }], 'COUNTERMARK_MAX_CANDIDATES', 100],
  ])('answers 422 to %s than are allowed, and says how many', async (_, sequences, name, value) => {
    const { status, json } = await server.post(PATH, { keyId, sequences });
    expect({ status, limit: json['limit'] }).toEqual({ status: 422, limit: { name, value } });
  });

  it.each<[string, object, string]>([
    ['an id beyond the vocabulary', { tokenIds: [3, VOCAB] }, '"tokenIds[1]" expected a token id below 5000'],
    ['an id that comes twice', { tokenIds: [3, 3] }, '"tokenIds[1]" expected an id that is listed once'],
    ['lists of two lengths', { logits: [0] }, '"logits" expected length 2'],
    ['a context beyond the vocabulary', { context: [1, VOCAB] }, '"context" expected token ids below 5000'],
    [
      'more generated ids than there are',
      { generated: 3, spentBits: 0 },
      '"generated" expected at most as many ids as "context" has',
    ],
    [
      'a later step that does not say what the response has spent',
      { generated: 2 },
      '"spentBits" expected what the answer to the last step said of this response',
    ],
    [
      'an account id of too many bytes',
      { accountId: 'é'.repeat(200) },
      '"accountId" expected 1 to 256 bytes',
    ],
    [
      'greedy decoding of a scheme that cannot',
      { sampling: { temperature: 0 } },
      '"temperature" expected > 0',
    ],
  ])('answers 400 to %s, naming the sequence and not the value', async (_, fault, detail) => {
    const { status, json } = await server.post(PATH, { keyId, sequences: [one, { ...one, ...fault }] });
    expect(status).toBe(400);
    expect(json['detail']).toContain(`"sequences.1": ${detail}`);
    expect(json['detail']).not.toContain('got');
    expect(json['error']).toMatchObject({ param: 'sequences.1' });
  });

  it('never repeats an account id', async () => {
    for (const fault of [{ tokenIds: [3, 3] }, { extra: ACCOUNT }, { accountId: ACCOUNT.repeat(20) }]) {
      const { status, json } = await server.post(PATH, {
        keyId,
        sequences: [{ ...one, accountId: ACCOUNT, ...fault }],
      });
      expect(status).toBe(400);
      expect(JSON.stringify(json)).not.toContain('customer');
    }
  });

  it('accepts just what its documented schema accepts', async () => {
    const document = (await (await fetch(new URL('/openapi.json', server.url))).json()) as {
      components: { schemas: Record<string, object> };
    };
    const text = JSON.stringify(document.components.schemas).replaceAll('#/components/schemas/', '#/$defs/');
    const schema = z.fromJSONSchema({ $defs: JSON.parse(text), $ref: '#/$defs/SampleRequest' });
    const odd = fc.constantFrom<unknown>(null, -1, 0.5, 2 ** 32, 2 ** 53, 1e39, '', 'x', [], {}, true, [
      null,
    ]);
    const or = <T>(value: T) =>
      fc.oneof({ weight: 12, arbitrary: fc.constant<unknown>(value) }, { weight: 1, arbitrary: odd });
    const rarely = <T extends object>(fields: fc.Arbitrary<T>): fc.Arbitrary<Partial<T>> =>
      fc.oneof({ weight: 6, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: fields });
    const merged = (...parts: fc.Arbitrary<object>[]) =>
      fc.tuple(...parts).map((objects) => Object.assign({}, ...objects) as object);
    const more = rarely(fc.record({ more: odd }));
    const sampling = merged(
      fc.record({ temperature: or(1), topK: or(2), topP: or(0.5) }, { requiredKeys: [] }),
      more,
    );
    const pauses = fc.oneof(
      merged(fc.record({ after: or(2), bits: or(3) }), more),
      fc.record({ after: or(1_000_000) }),
      odd,
    );
    const sequence = merged(
      fc.record({ context: or([1, 2]), tokenIds: or([3, 4]), logits: or([0.5, -1]) }),
      fc.oneof(fc.record({ generated: or(0) }), fc.record({ responseId: or('r') })),
      rarely(fc.record({ generated: or(0), responseId: or('r') })),
      rarely(fc.record({ accountId: or('a') })),
      rarely(
        fc.record(
          { startBits: or(64), promptContexts: or(true), spentBits: or(10_000), pauses },
          { requiredKeys: [] },
        ),
      ),
      fc.record({ sampling }, { requiredKeys: [] }),
      more,
    );
    const bodies = merged(
      fc.oneof(fc.record({ keyId: or(keyId) }), fc.record({ label: or('chat') })),
      rarely(fc.record({ keyId: or(keyId), label: or('chat') })),
      fc.record({ sequences: fc.array(sequence, { maxLength: 2 }) }),
      more,
    );
    let accepted = 0;
    for (const body of fc.sample(bodies, { seed: 1, numRuns: 600 })) {
      const { status, json } = await server.post(PATH, body);
      const isRight = schema.safeParse(body).success;
      // What is well formed may still be refused for what it says: that names a sequence, and no field.
      const isWellFormed = status !== 400 || /^"sequences\.\d+": "/.test(String(json['detail']));
      expect({ body, isWellFormed }).toEqual({ body, isWellFormed: isRight });
      accepted += Number(isRight);
    }
    expect(accepted).toBeGreaterThan(20);
  });
});

describe('COUNTERMARK_MODEL=none', () => {
  it('leaves a server without completions', async () => {
    const headers = { Authorization: `Bearer ${server.token}` };
    const models = await fetch(new URL('/v1/models', server.url), { headers });
    expect(await models.json()).toEqual({ object: 'list', data: [] });
    const { status } = await server.post('/v1/completions', { model: 'none', prompt: 'a' });
    expect(status).toBe(404);
  });
});
