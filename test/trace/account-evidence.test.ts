/** What a tracer says of the tokens and the growth of the evidence, beside what it says of whole texts. */
import { AccountTracer, TOKEN_STATUSES } from '@countermark/detector';
import { seededRandom, WatermarkKey } from '@countermark/watermark';
import { createScheme } from '@countermark/watermark/scheme';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BYTE_TOKENIZER } from '../support/byte-tokenizer.ts';
import { markedIds } from '../support/marked-ids.ts';
import { naiveTokens, symbolOf } from '../support/naive-document.ts';
import { keyFrom, randomIds, SCHEMES } from '../support/random-key.ts';

const VOCABULARY = 64;
const key = keyFrom('evidence', VOCABULARY);
const ACCOUNTS = ['user-1', 'user-2', 'nobody'];

function keepingTracer(documents: readonly Uint32Array[], own: WatermarkKey = key): AccountTracer {
  const tracer = new AccountTracer(own, { keepDocuments: true });
  for (const document of documents) tracer.add(document);
  return tracer;
}

/** The raw p-values of some accounts on documents as one text, by their place in the list. */
function rawPValues(documents: readonly Uint32Array[]): number[] {
  const tracer = new AccountTracer(key);
  for (const document of documents) tracer.add(document);
  const { documents: found, pooled } = tracer.trace(ACCOUNTS, { top: ACCOUNTS.length });
  tracer.close();
  const { top } = pooled ?? found[0]!;
  return ACCOUNTS.map((account) => top.find((traced) => traced.account === account)?.log10RawPValue ?? NaN);
}

describe('AccountTracer.tokens', () => {
  it.each(SCHEMES)('scores account slots under the symbol of the account: $kind', (scheme) => {
    const own = keyFrom('tokens', VOCABULARY, { scheme, contextWidth: 2, codeLength: 256 });
    const ids = Uint32Array.from([...markedIds(own, 'user-1', 80, 1), ...markedIds(own, 'user-1', 80, 1)]);
    const tracer = keepingTracer([Uint32Array.of(1, 2, 3), ids], own);
    const { tokenIds, statuses, scores, nullLaw, text, tokenizer } = tracer.tokens(1, 'user-2');
    expect({ tokenIds, text, tokenizer }).toEqual({ tokenIds: ids, text: undefined, tokenizer: undefined });
    const score = createScheme(scheme);
    expect(nullLaw).toEqual(score.nullLaw);
    const seen = new Set<string>();
    const expected = naiveTokens(own, ids).map((token, position) => {
      if (token.status === 'without-context') return ['without-context', 0];
      if (token.slot !== 'account') return ['other-slot', 0];
      const tuple = ids.slice(position - 2, position + 1).join();
      if (seen.has(tuple)) return ['duplicate', 0];
      seen.add(tuple);
      return ['scored', score.score(token.words![symbolOf(own, token, 'user-2')!]!)];
    });
    expect(Array.from(statuses, (status, i) => [TOKEN_STATUSES[status], scores[i]])).toEqual(expected);
    expect(new Set(expected.map(([status]) => status)).size).toBe(4);
    tracer.close();
  });

  it('gives the text that was tokenized, with its tokenizer', () => {
    const { vocabSize, fingerprint } = BYTE_TOKENIZER;
    const { params } = keyFrom('text', vocabSize);
    const own = new WatermarkKey({ ...params, tokenizer: { name: 'bytes', vocabSize, fingerprint } });
    const tracer = new AccountTracer(own, { tokenizer: BYTE_TOKENIZER, keepDocuments: true });
    tracer.add('A\u200b text.');
    expect(tracer.tokens(0, 'user-1')).toMatchObject({ text: 'A text.', tokenizer: BYTE_TOKENIZER });
    tracer.close();
  });

  it('keeps its own copy of token ids', () => {
    const ids = markedIds(key, 'user-1', 50, 1);
    const tracer = keepingTracer([ids]);
    const before = tracer.tokens(0, 'user-1');
    ids.fill(0);
    expect(tracer.tokens(0, 'user-1')).toEqual(before);
    tracer.close();
  });
});

describe('AccountTracer.growth', () => {
  const documents = ['user-1', 'user-2', 'user-1'].map((owner, i) =>
    markedIds(key, owner, 120, `growth ${i}`),
  );

  it('has at each point the p-value of the text that ends there', () => {
    const [document] = documents;
    const tracer = keepingTracer([document!]);
    const curves = tracer.growth(0, ACCOUNTS, 8);
    tracer.close();
    expect(curves.map((curve) => curve.map(({ tokens }) => tokens))).toEqual(
      ACCOUNTS.map(() => [0, 15, 30, 45, 60, 75, 90, 105, 120]),
    );
    for (const [point, { tokens }] of curves[0]!.entries()) {
      const ended = curves.map((curve) => curve[point]!.log10RawPValue);
      if (tokens === 0) expect(ended).toEqual([0, 0, 0]);
      // Shorter ones are inconclusive, and have no p-value to compare with.
      else if (tokens >= 45) expect(ended).toEqual(rawPValues([document!.subarray(0, tokens)]));
    }
  });

  it('reads the documents of a pool one after another, and a tuple once', () => {
    const repeated = [...documents, documents[0]!];
    const tracer = keepingTracer(repeated);
    const curves = tracer.growth('pooled', ACCOUNTS, 4);
    tracer.close();
    expect(curves[0]!.map(({ tokens }) => tokens)).toEqual([0, 120, 240, 360, 480]);
    for (const count of [2, 3, 4]) {
      expect(curves.map((curve) => curve[count]!.log10RawPValue)).toEqual(
        rawPValues(repeated.slice(0, count)),
      );
    }
    // The last document repeats the first.
    expect(curves.map((curve) => curve[4]!.log10RawPValue)).toEqual(
      curves.map((curve) => curve[3]!.log10RawPValue),
    );
  });

  it('has no curve for no account', () => {
    const tracer = keepingTracer(documents);
    expect(tracer.growth('pooled', [], 4)).toEqual([]);
    tracer.close();
  });

  it('starts at nothing, ends at the whole text, and has the points asked for', () => {
    const given = fc.record({
      length: fc.integer({ min: 0, max: 60 }),
      points: fc.integer({ min: 1, max: 20 }),
      seed: fc.integer(),
    });
    const check = fc.property(given, ({ length, points, seed }) => {
      const tracer = keepingTracer([randomIds(seededRandom(seed), length, VOCABULARY)]);
      const [curve] = tracer.growth(0, ['user-1'], points);
      tracer.close();
      expect(curve![0]).toEqual({ tokens: 0, log10RawPValue: 0 });
      expect(curve!.at(-1)!.tokens).toBe(length);
      expect(curve).toHaveLength(1 + Math.min(points, length));
      for (const [i, { tokens }] of curve!.entries()) {
        if (i > 0) expect(tokens).toBeGreaterThan(curve![i - 1]!.tokens);
      }
    });
    fc.assert(check, { seed: 1, numRuns: 20 });
  });
});

describe('a tracer that is asked for what it has not', () => {
  it('says what it needs', () => {
    const forgetful = new AccountTracer(key);
    forgetful.add([1, 2, 3]);
    const kept = '"document" expected the number of a document that is kept, got';
    expect(() => forgetful.tokens(0, 'a')).toThrow(`${kept} a tracer without "keepDocuments"`);
    expect(() => forgetful.growth('pooled', ['a'], 5)).toThrow(kept);
    forgetful.close();
    const tracer = keepingTracer([Uint32Array.of(1, 2, 3)]);
    expect(() => tracer.tokens(1, 'a')).toThrow(`${kept} 1`);
    expect(() => tracer.growth(-1, ['a'], 5)).toThrow(`${kept} -1`);
    for (const points of [0, 1.5, NaN]) {
      expect(() => tracer.growth(0, ['a'], points)).toThrow('"points" expected an integer >= 1');
    }
    tracer.close();
    expect(() => tracer.tokens(0, 'a')).toThrow('got a closed one');
    expect(() => tracer.growth(0, ['a'], 5)).toThrow('got a closed one');
  });
});
