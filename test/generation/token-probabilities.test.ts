import { demoModelFiles } from '@countermark/demo-model';
import { CandidateSelector, type LanguageModel, tokenProbabilities } from '@countermark/watermark';
import { llamaLanguageModel } from '@countermark/watermark/integrations/node-llama-cpp';
import { getLlama } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { vectors } from '../demo-model/vectors.ts';
import { type Demo, openDemo } from '../support/demo.ts';

const VOCABULARY = 8;

/** A model whose logits tell the last token and how many it has read, with a log of its calls. */
function countingModel(contextLength?: number) {
  const calls: string[] = [];
  const logitsAfter = (tokenId: number, read: number): number[] =>
    Array.from({ length: VOCABULARY }, (_, id) => Math.sin(1 + id + 3 * tokenId + 0.7 * read));
  const model: LanguageModel = {
    logitCount: VOCABULARY,
    ...(contextLength === undefined ? {} : { contextLength }),
    open() {
      let read = 0;
      const append = async (tokenIds: Uint32Array) =>
        Float32Array.from(Array.from(tokenIds, (tokenId) => logitsAfter(tokenId, ++read)).flat());
      calls.push('open');
      return {
        append: async (tokenIds) => {
          calls.push(`skip ${tokenIds.length}`);
          return (await append(tokenIds)).slice(-VOCABULARY);
        },
        appendEach: (tokenIds) => {
          calls.push(`read ${tokenIds.length}`);
          return append(tokenIds);
        },
        async close() {
          calls.push('close');
        },
      };
    },
  };
  const softmax = (tokenId: number, read: number, next: number): number => {
    const weights = Array.from(Float32Array.from(logitsAfter(tokenId, read)), (logit) => Math.exp(logit));
    return weights[next]! / weights.reduce((sum, weight) => sum + weight, 0);
  };
  return { model, calls, softmax };
}

const ids = Uint32Array.from({ length: 23 }, (_, i) => (i * i) % VOCABULARY);
const prompt = Uint32Array.of(5, 1);

describe('tokenProbabilities', () => {
  it('gives the probability of each token after those before it', async () => {
    const { model, calls, softmax } = countingModel();
    const probabilities = await tokenProbabilities(model, ids, { prompt });
    const text = [...prompt, ...ids];
    // Double precision on float32 logits: rounding of a few operations.
    for (const [i, probability] of probabilities.entries()) {
      expect(probability).toBeCloseTo(softmax(text[i + 1]!, i + 2, text[i + 2]!), 13);
    }
    expect(calls).toEqual(['open', 'skip 1', 'read 23', 'close']);
  });

  it('reads what is longer than the context in windows that overlap by half', async () => {
    const { model, calls, softmax } = countingModel(10);
    const probabilities = await tokenProbabilities(model, ids, { prompt });
    // 25 tokens: 0 … 9, then 5 … 14, 10 … 19, 15 … 24; each window's last token is predicted only.
    expect(calls.join(', ')).toBe(
      'open, skip 1, read 8, close, open, skip 4, read 5, close, open, skip 4, read 5, close, open, skip 4, read 5, close',
    );
    const text = [...prompt, ...ids];
    for (const [i, probability] of probabilities.entries()) {
      const at = i + 2;
      const start = at < 10 ? 0 : 5 * (Math.floor(at / 5) - 1);
      expect(probability).toBeCloseTo(softmax(text[at - 1]!, at - start, text[at]!), 13);
    }
  });

  it('gives what truncation leaves out probability 0, and the rest their share', async () => {
    const { model } = countingModel();
    const plain = await tokenProbabilities(model, ids, { prompt });
    const kept = await tokenProbabilities(model, ids, { prompt, sampling: { topK: 3 } });
    expect(kept.some((probability) => probability === 0)).toBe(true);
    for (const [i, probability] of kept.entries()) {
      if (probability > 0) expect(probability).toBeGreaterThan(plain[i]!);
    }
  });

  it('refuses what it cannot read', async () => {
    const { model } = countingModel(4);
    const none = new Uint32Array(0);
    await expect(tokenProbabilities(model, ids, { prompt: none })).rejects.toThrow(/"prompt".*got none/);
    await expect(tokenProbabilities(model, ids, { prompt: Uint32Array.of(1, 2, 3, 4) })).rejects.toThrow(
      /fewer than 4 tokens, got 4/,
    );
    await expect(tokenProbabilities(model, Uint32Array.of(1, 8), { prompt })).rejects.toThrow(
      /below 8, got 8 at position 1/,
    );
    await expect(tokenProbabilities(model, ids, { prompt, sampling: { temperature: 0 } })).rejects.toThrow(
      /"temperature"/,
    );
  });

  it('stops at a signal', async () => {
    const { model, calls } = countingModel();
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(tokenProbabilities(model, ids, { prompt, signal })).rejects.toThrow('stopped');
    expect(calls.at(-1)).toBe('close');
  });
});

/** A model that gives the same logits after every token. */
function constantModel(logits: readonly number[], logitCount = logits.length): LanguageModel {
  return {
    logitCount,
    open: () => ({
      append: async () => Float32Array.from(logits),
      appendEach: async (tokenIds) => Float32Array.from(Array.from(tokenIds, () => logits).flat()),
      close: async () => undefined,
    }),
  };
}

const TRUNCATIONS = [
  ['no truncation', {}],
  ['top-k', { topK: 3 }],
  ['top-p', { topP: 0.999 }],
] as const;

describe.each(TRUNCATIONS)('tokenProbabilities of odd logits: %s', (_, truncation) => {
  const every = Uint32Array.of(0, 1, 2, 3);
  const read = (logits: readonly number[], temperature = 1): Promise<Float64Array> =>
    tokenProbabilities(constantModel(logits), every, { prompt, sampling: { ...truncation, temperature } });

  it.each([
    ['NaN', [0, NaN, 1, 2], /NaN at index 1/],
    ['+Infinity', [0, 1, Infinity, 2], /Infinity at index 2/],
    ['two infinities', [Infinity, 1, Infinity, -Infinity], /Infinity at index 0/],
    ['-Infinity only', [-Infinity, -Infinity, -Infinity, -Infinity], /-Infinity only/],
  ])('refuses %s, and says for which token', async (__, logits, message) => {
    const refusal = expect.objectContaining({ name: 'WatermarkError', code: 'invalid-logits' });
    const failed = await read(logits).catch((error: unknown) => error);
    expect(failed).toEqual(refusal);
    expect(String(failed)).toMatch(message);
    expect(String(failed)).toContain('token 0');
  });

  it('refuses fewer logits than tokens ask for', async () => {
    const model = constantModel([0, 1, 2], 4);
    await expect(tokenProbabilities(model, every, { prompt, sampling: truncation })).rejects.toMatchObject({
      code: 'invalid-logits',
      message: expect.stringContaining('16'),
    });
  });

  it('gives what must not be chosen probability 0, and the rest all of it', async () => {
    const [first, second, third, fourth] = await read([1, -Infinity, 1, -Infinity]);
    expect([first, second, third, fourth]).toEqual([0.5, 0, 0.5, 0]);
    expect([...(await read([-Infinity, -Infinity, 3, -Infinity]))]).toEqual([0, 0, 1, 0]);
  });

  it.each([
    [5e-324, [0, 0.5, 0.5, 0]],
    [1e-300, [0, 0.5, 0.5, 0]],
    [1e-3, [0, 0.5, 0.5, 0]],
  ])('tends to the likeliest tokens as the temperature falls: %s', async (temperature, limit) => {
    expect([...(await read([1, 3, 3, -2], temperature))]).toEqual(limit);
    // The largest difference that 32-bit floats have.
    expect([...(await read([-3.4e38, 3.4e38, 3.4e38, -3.4e38], temperature))]).toEqual(limit);
  });

  it.each([1e6, 1e300, Number.MAX_VALUE])('tends to one share each as it rises: %s', async (temperature) => {
    const kept = 'topK' in truncation ? 3 : 4;
    const found = [...(await read([1, 3, 2, -2], temperature))];
    expect(found.filter((probability) => probability > 0)).toHaveLength(kept);
    // e^(5 / 10^6) is the largest ratio of two of them.
    for (const probability of found) {
      if (probability > 0) expect(Math.abs(Math.log(probability * kept))).toBeLessThan(1e-5);
    }
    expect(found.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 12);
  });

  it.each([NaN, Infinity, -1])('refuses the temperature %s', async (temperature) => {
    await expect(read([1, 3, 2, -2], temperature)).rejects.toThrow(/"temperature"/);
  });
});

describe('tokenProbabilities of the demo model', () => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await openDemo();
  });
  afterAll(() => demo.close());

  const test = vectors.tests.findLast((candidate) => candidate.ids.length > 256)!;
  const [first, ...rest] = test.ids;
  const start = Uint32Array.of(first!);
  const read = Uint32Array.from(rest);

  it.each([
    ['no truncation', {}],
    ['temperature 0.5, top-p 0.9', { temperature: 0.5, topP: 0.9 }],
  ])('are those that a generation draws from: %s', async (_, sampling) => {
    const probabilities = await tokenProbabilities(demo.model, read, { prompt: start, sampling });
    const selector = new CandidateSelector(demo.tokenizer.vocabSize);
    const sequence = demo.model.open();
    for (const [i, tokenId] of [...read.subarray(0, 40)].entries()) {
      const logits = await sequence.append(Uint32Array.of(test.ids[i]!));
      const { tokenIds, probs, count } = selector.select(logits, sampling);
      const at = tokenIds.subarray(0, count).indexOf(tokenId);
      // Both computed logits are within the vectors' tolerance of the exact ones; a probability moves by e^(2·2·tolerance/T).
      const ratio = probabilities[i]! / (at < 0 ? 0 : probs[at]!);
      if (at >= 0) expect(Math.abs(Math.log(ratio))).toBeLessThan(8 * vectors.absTol.float32);
      else expect(probabilities[i]).toBe(0);
    }
    await sequence.close();
  });

  it('agree between onnxruntime and llama.cpp', async () => {
    const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, progressLogs: false });
    const model = await llama.loadModel({ modelPath: demoModelFiles().gguf });
    const context = await model.createContext({ contextSize: 512, threads: 1 });
    const theirs = await tokenProbabilities(llamaLanguageModel(model, context), read, { prompt: start });
    const ours = await tokenProbabilities(demo.model, read, { prompt: start });
    await llama.dispose();
    // Logits within tolerances a and b of the exact ones: ln p within 2 (a + b).
    const allowed = 2 * (vectors.absTol.float16 + vectors.absTol.float32);
    for (const [i, probability] of ours.entries()) {
      expect(Math.abs(Math.log(probability / theirs[i]!))).toBeLessThan(allowed);
    }
  });
});
