/** Where the marks of responses begin whose steps an engine asks for one by one, and of completions: docs/spec.md section 5.1. */
import {
  generateTokens,
  type SamplingSettings,
  seededRandom,
  Watermarker,
  WatermarkKey,
} from '@countermark/watermark';
import { afterAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { rankNaively } from '../sampling/naive-ranking.ts';
import { openDemo } from '../support/demo.ts';
import { AT_ONCE } from '../support/mark-at-once.ts';
import { naiveTokens } from '../support/naive-document.ts';
import { keyFrom, secretFrom } from '../support/random-key.ts';
import { binaryCall, readBinaryAnswer } from './binary-call.ts';
import { startSamplingServer } from './sampling-server.ts';

const PATH = '/v1/watermark/sample';
const VOCAB = 500;
const WIDTH = 2;
const PROMPT = [7, 8, 9];
const DEFAULT_BITS = 16;
// A probability is good to 3e-13, and so its bits to 5e-13: of two sums, of 24 tokens each.
const TOLERANCE = 48 * 5e-13;

// Every slot is common, so that with all candidates in sight each marked step has one outcome.
const key = keyFrom('start bits', VOCAB, { contextWidth: WIDTH, commonShare: 1, accountShare: 0 });
const { keyId } = key;
const demo = await openDemo();
const vendor = new WatermarkKey(
  demo.params({ commonShare: 1, accountShare: 0 }),
  secretFrom(seededRandom('openings')),
);
const server = await startSamplingServer();
await server.store.keys.add(key, 'chat', false);
await server.store.keys.add(vendor, 'demo', false);
afterAll(() => demo.close());

interface Step {
  readonly tokenIds: number[];
  readonly logits: number[];
}

/** Forty candidates in no order; the likeliest has less than a quarter of the probability. */
function stepOf(random: () => number): Step {
  const tokenIds = Array.from({ length: 40 }, (_, i) => (12 * i + Math.floor(12 * random()) + 250) % VOCAB);
  return { tokenIds, logits: tokenIds.map(() => Math.fround(4 * random())) };
}

function spread({ tokenIds, logits }: Step): Float32Array {
  const whole = new Float32Array(VOCAB).fill(-Infinity);
  tokenIds.forEach((id, i) => {
    whole[id] = logits[i]!;
  });
  return whole;
}

function bitsOf(step: Step, sampling: SamplingSettings, tokenId: number): number {
  return -Math.log2(rankNaively(spread(step), sampling).find(({ id }) => id === tokenId)!.prob);
}

/** What the key chooses in a context: the largest ln r / p, by docs/spec.md alone. */
function gumbelChoice(context: readonly number[], step: Step, sampling: SamplingSettings): number {
  const values = rankNaively(spread(step), sampling).map(({ id, prob }) => {
    const word = naiveTokens(key, [...context, id])[WIDTH]!.words![0]!;
    return { id, value: Math.log((word + 0.5) / 2 ** 32) / prob };
  });
  return values.reduce((best, each) => (each.value > best.value ? each : best)).id;
}

/** Asks for the next token of one sequence. */
async function ask(sequence: object): Promise<{ tokenId: number; spentBits: number }> {
  const { status, json } = await server.post(PATH, { keyId, sequences: [sequence] });
  expect({ status, detail: json['detail'] }).toEqual({ status: 200, detail: undefined });
  const [[tokenId], [spentBits]] = [json['tokenIds'], json['spentBits']] as [[number], [number]];
  return { tokenId, spentBits };
}

interface Settings {
  readonly startBits: number | undefined;
  readonly sampling: SamplingSettings;
  /** After each marked token. */
  readonly pauses?: { readonly after: 1; readonly bits: number };
}

/** Generates a response whose every step is held against the rule. */
async function followed(
  name: string,
  { startBits, sampling, pauses }: Settings,
  fields: (response: readonly number[], spentBits: number | undefined) => object,
): Promise<{ response: number[]; marked: number; plainlyChosen: number }> {
  const random = seededRandom(name);
  const needed = startBits ?? DEFAULT_BITS;
  const watermarker = new Watermarker(key);
  const response: number[] = [];
  const contexts = new Set<string>();
  let [spent, marked, plainlyChosen]: [number | undefined, number, number] = [undefined, 0, 0];
  for (let i = 0; i < 24; i++) {
    const step = stepOf(random);
    const settings = {
      sampling,
      ...(startBits === undefined ? {} : { startBits }),
      ...(pauses === undefined ? {} : { pauses }),
    };
    const answer = await ask({ ...step, ...settings, ...fields(response, spent) });
    const context = response.slice(-WIDTH);
    const isFresh = context.length === WIDTH && !contexts.has(context.join());
    contexts.add(context.join());
    const own = watermarker.start({ prompt: PROMPT, response, spentBits: spent ?? 0, ...settings });
    const [tokenIds, logits] = [Uint32Array.from(step.tokenIds), Float32Array.from(step.logits)];
    const ownChoice = own.chooseAmong(tokenIds, logits);
    expect(step.tokenIds).toContain(answer.tokenId);
    const before = spent ?? 0;
    let expected = before < needed ? before + bitsOf(step, sampling, answer.tokenId) : before;
    if (isFresh && before >= needed) {
      if (pauses !== undefined) expected = needed - pauses.bits;
      marked++;
      expect(own.counts.common).toBe(1);
      expect(answer.tokenId).toBe(ownChoice);
      expect(answer.tokenId).toBe(gumbelChoice(context, step, sampling));
    } else {
      expect(own.counts.common).toBe(0);
      if (context.length === WIDTH) {
        plainlyChosen += Number(answer.tokenId !== gumbelChoice(context, step, sampling));
      }
    }
    expect(Math.abs(answer.spentBits - expected)).toBeLessThan(TOLERANCE);
    response.push(answer.tokenId);
    spent = answer.spentBits;
  }
  watermarker.close();
  return { response, marked, plainlyChosen };
}

const SETTINGS: Settings[] = [
  { startBits: undefined, sampling: {} },
  { startBits: 30, sampling: { temperature: 0.8, topP: 0.9 } },
  { startBits: 5, sampling: { temperature: 1.5, topK: 20 } },
  { startBits: 0, sampling: {} },
  { startBits: 10, sampling: {}, pauses: { after: 1, bits: 3 } },
];

describe.each(SETTINGS)('a response of single steps with %j', (settings) => {
  it('is marked as the library marks, from the bits that it sends back on', async () => {
    const { marked, plainlyChosen } = await followed('stateless', settings, (response, spentBits) => ({
      context: [...PROMPT, ...response],
      generated: response.length,
      ...(spentBits === undefined ? {} : { spentBits }),
    }));
    // The likeliest token of a step has 2 bits or more: 30 bits are spent after 15 of the 24 steps, 10 after 5, and a pause lasts for two.
    expect(marked).toBeGreaterThan(5);
    // A beginning in which all steps with a context chose what the key would has a probability of 2^-30, and there are 40^2.
    if (settings.startBits === 30) expect(plainlyChosen).toBeGreaterThan(0);
  });

  it('is marked so too where the server remembers it', async () => {
    const name = `remembered ${JSON.stringify(settings)}`;
    const { marked } = await followed(name, settings, (response) => ({
      context: [...PROMPT, ...response],
      responseId: name,
    }));
    expect(marked).toBeGreaterThan(5);
  });

  it('is marked so where the engine keeps the last ids only', async () => {
    const name = `short ${JSON.stringify(settings)}`;
    const { marked } = await followed(name, settings, (response) => ({
      context: [...PROMPT, ...response].slice(-WIDTH),
      responseId: name,
    }));
    expect(marked).toBeGreaterThan(5);
  });
});

describe('a remembered response', () => {
  // One bit whichever is chosen.
  const coin = { tokenIds: [3, 4], logits: [0, 0] };

  it('spends nothing on a token that the engine did not take', async () => {
    const context = [1, 2];
    for (let step = 0; step < 12; step++) {
      const { tokenId, spentBits } = await ask({ ...coin, context, responseId: 'forced' });
      // Every other token is forced: of `step` tokens before this one half were chosen, rounded up.
      expect(spentBits).toBe(Math.ceil(step / 2) + 1);
      context.push(step % 2 === 0 ? tokenId : 7 - tokenId);
    }
  });

  it('spends the bits of a call that was sent twice once', async () => {
    const context = [1, 2];
    for (let step = 0; step < 12; step++) {
      let answer: Awaited<ReturnType<typeof ask>> | undefined;
      for (let time = 0; time < 3; time++) {
        answer = await ask({ ...coin, context, responseId: 'sent twice' });
        expect(answer.spentBits).toBe(step + 1);
      }
      context.push(answer!.tokenId);
    }
  });

  it('spends them once too where the token before is the one that was chosen', async () => {
    for (let time = 0; time < 20; time++) {
      const { spentBits } = await ask({ ...coin, context: [1, 3], responseId: 'again' });
      expect(spentBits).toBe(1);
    }
  });

  it('has contexts of the prompt only where it asks for them', async () => {
    const candidates = stepOf(seededRandom('remembered contexts'));
    const chosen = async (name: string, more: object): Promise<Set<number>> => {
      const all = new Set<number>();
      for (let i = 0; i < 20; i++) {
        const sequence = { ...candidates, startBits: 0, responseId: `${name} ${i}`, ...more };
        all.add((await ask({ ...sequence, context: [1, 2, 3] })).tokenId);
        // With one token of the response, which the engine took by itself.
        const { tokenId } = await ask({ ...sequence, context: [1, 2, 3, 4] });
        all.add(-tokenId);
      }
      return all;
    };
    const choices = [
      [2, 3],
      [3, 4],
    ].map((context) => gumbelChoice(context, candidates, {})) as [number, number];
    expect([...(await chosen('of both', { promptContexts: true }))]).toEqual([choices[0], -choices[1]]);
    // The likeliest has 2 bits or more: twenty draws are alike with a probability of at most 2^-38.
    const plain = [...(await chosen('of the response', {}))];
    for (const sign of [1, -1]) expect(plain.filter((each) => sign * each > 0).length).toBeGreaterThan(1);
  });

  it.each([{ startBits: 20 }, { promptContexts: true }, { pauses: { after: 20, bits: 4 } }])(
    'is refused with another start: %j',
    async (other) => {
      const sequence = { ...coin, context: [1, 2], responseId: `other ${JSON.stringify(other)}` };
      await ask(sequence);
      const { status } = await server.post(PATH, { keyId, sequences: [{ ...sequence, ...other }] });
      expect(status).toBe(409);
    },
  );
});

describe('a stateless step', () => {
  const step = { context: [1, 2, 3], generated: 2, tokenIds: [3, 4], logits: [0, 0] };

  it('is refused after the first without the bits spent, unless there are none to spend', async () => {
    const first = { ...step, spentBits: 3 };
    const { status, json } = await server.post(PATH, { keyId, sequences: [first, step] });
    expect({ status, detail: json['detail'], error: json['error'] }).toMatchObject({
      status: 400,
      detail: '"sequences.1": "spentBits" expected what the answer to the last step said of this response',
      error: { param: 'sequences.1' },
    });
    await ask({ ...step, startBits: 0 });
    await ask({ ...step, spentBits: 0 });
    await ask({ ...step, generated: 0 });
  });

  it('is refused with the bits of a response that the server remembers', async () => {
    const { generated: _, ...rest } = step;
    const { status, json } = await server.post(PATH, {
      keyId,
      sequences: [{ ...rest, responseId: 'r', spentBits: 1 }],
    });
    expect({ status, detail: json['detail'], error: json['error'] }).toMatchObject({
      status: 400,
      detail: '"sequences.0.spentBits": goes with "generated": by "responseId" the server knows them',
      error: { param: 'sequences.0.spentBits' },
    });
  });

  it.each<[string, object]>([
    ['spentBits', { spentBits: -1 }],
    ['spentBits', { spentBits: 10_001 }],
    ['startBits', { startBits: -1 }],
    ['startBits', { startBits: 64.5 }],
    ['promptContexts', { promptContexts: 1 }],
    ['pauses.after', { pauses: { after: 0.5, bits: 1 } }],
    ['pauses.after', { pauses: { after: 1_000_001, bits: 1 } }],
    ['pauses.bits', { pauses: { after: 2, bits: 0 } }],
    ['pauses.bits', { pauses: { after: 2, bits: 64.5 } }],
  ])('is refused with a wrong %s, which is named: %j', async (name, fault) => {
    const { status, json } = await server.post(PATH, {
      keyId,
      sequences: [{ ...step, spentBits: 0, ...fault }],
    });
    expect(status).toBe(400);
    expect(json['error']).toMatchObject({ param: `sequences.0.${name}` });
  });

  it('is refused with pauses of more bits than the start', async () => {
    const sequence = { ...step, spentBits: 0, startBits: 8, pauses: { after: 2, bits: 9 } };
    const { status, json } = await server.post(PATH, { keyId, sequences: [sequence] });
    expect({ status, detail: json['detail'], error: json['error'] }).toMatchObject({
      status: 400,
      detail: '"sequences.0": "pauses.bits" expected a number above 0, and at most the start bits (8)',
      error: { param: 'sequences.0' },
    });
  });

  it('has contexts of the prompt only where it asks for them', async () => {
    // The same two tokens, of the prompt or of the response.
    const candidates = stepOf(seededRandom('contexts'));
    const choice = gumbelChoice([2, 3], candidates, {});
    const chosen = async (more: object): Promise<Set<number>> => {
      const sequence = { ...candidates, context: [1, 2, 3], startBits: 0, ...more };
      const all = new Set<number>();
      for (let i = 0; i < 20; i++) all.add((await ask(sequence)).tokenId);
      return all;
    };
    expect([...(await chosen({ generated: 2 }))]).toEqual([choice]);
    expect([...(await chosen({ generated: 0, promptContexts: true }))]).toEqual([choice]);
    // The likeliest has 2 bits or more: twenty draws are alike with a probability of at most 2^-38.
    expect((await chosen({ generated: 1 })).size).toBeGreaterThan(1);
    expect((await chosen({ generated: 0 })).size).toBeGreaterThan(1);
  });
});

describe('the binary form', () => {
  it('says of the bits spent what JSON says', async () => {
    const url = new URL('/v1/watermark/stream', server.url.replace('http', 'ws'));
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${server.token}` } });
    await new Promise((resolve) => socket.once('open', resolve));
    const askBinary = (sequences: Parameters<typeof binaryCall>[2]) => {
      const answer = new Promise<Buffer>((resolve) => socket.once('message', resolve));
      socket.send(binaryCall(1, keyId, sequences));
      return answer.then(readBinaryAnswer);
    };
    const random = seededRandom('binary');
    // Eight tokens that are all as likely: 3 bits, whichever is drawn.
    const even = { tokenIds: [1, 2, 3, 4, 5, 6, 7, 8], logits: Array(8).fill(0) as number[] };
    const several = stepOf(random);
    const base = { context: [...PROMPT, 21, 22], generated: 2 };
    const sequences = [
      { ...base, ...even, startBits: 16, spentBits: 1.5 },
      { ...base, ...even, startBits: 16, spentBits: 13, sampling: { topK: 2 } },
      { ...base, ...several, startBits: 16, spentBits: 16 },
      { ...base, ...several, startBits: 16, spentBits: 17.25, sampling: { temperature: 0.5 } },
      { ...base, ...several, startBits: 0, generated: 0, promptContexts: true },
      { context: base.context, ...even, startBits: 8, responseId: 'binary' },
    ];
    const { json } = await server.post(PATH, {
      keyId,
      sequences: sequences.map((sequence) =>
        'responseId' in sequence ? { ...sequence, responseId: 'JSON' } : sequence,
      ),
    });
    const binary = await askBinary(sequences);
    socket.close();
    expect(binary.spentBits).toEqual([4.5, 14, 16, 17.25, 0, 3]);
    expect(json['spentBits']).toEqual([4.5, 14, 16, 17.25, 0, 3]);
    // Those that are marked have one outcome; the others are drawn twice.
    const marked = [2, 3, 4].map((i) => (json['tokenIds'] as number[])[i]);
    expect([2, 3, 4].map((i) => binary.tokenIds[i])).toEqual(marked);
    expect(marked[0]).toBe(gumbelChoice([21, 22], several, {}));
  });
});

describe('answers of one key to one prompt', () => {
  const prompt = 'The state of the nation is';
  const ANSWERS = 12;

  it('have openings of their own', async () => {
    const answers = await Promise.all(
      Array.from({ length: ANSWERS }, () =>
        server.post('/v1/completions', { model: 'demo', prompt, max_tokens: 12 }),
      ),
    );
    const texts = answers.map(({ json }) => (json['choices'] as [{ text: string }])[0].text);
    // Each of 66 pairs is equal with probability at most 2^-16, and two pairs of them are with at most
    // 2145 · 2^-32 + 220 · 2^-32 (three answers alike): below 1e-6.
    expect(new Set(texts).size).toBeGreaterThanOrEqual(ANSWERS - 1);
  });

  it('are one and the same with no start and contexts of the prompt, which is what the start is for', async () => {
    const watermarker = new Watermarker(vendor);
    const promptIds = demo.tokenizer.encode(prompt);
    const openings = async (options: object): Promise<Set<string>> => {
      const texts = new Set<string>();
      for (let i = 0; i < ANSWERS; i++) {
        const generation = watermarker.start({ prompt: promptIds, random: seededRandom(i), ...options });
        const ids: number[] = [];
        const tokens = generateTokens(demo.model, generation, promptIds, { maxTokens: 12 });
        for await (const id of tokens) ids.push(id);
        texts.add(demo.tokenizer.decode(ids));
      }
      return texts;
    };
    expect((await openings(AT_ONCE)).size).toBe(1);
    expect((await openings({})).size).toBe(ANSWERS);
    watermarker.close();
  });
});
