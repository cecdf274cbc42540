import { type AccountTrace, AccountTracer, type AccountTraces, TOKEN_STATUSES } from '@countermark/detector';
import { seededRandom, WatermarkKey } from '@countermark/watermark';
import { accountCode, createScheme, type SchemeParams } from '@countermark/watermark/scheme';
import { describe, expect, it } from 'vitest';
import { log10Share } from '../stats/exact.ts';
import { BYTE_TOKENIZER } from '../support/byte-tokenizer.ts';
import { markedIds } from '../support/marked-ids.ts';
import { naiveTokens } from '../support/naive-document.ts';
import { keyFrom, randomIds, SCHEMES } from '../support/random-key.ts';

const VOCABULARY = 64;
const key = keyFrom('tracer', VOCABULARY);
const users = (count: number): string[] => Array.from({ length: count }, (_, i) => `user-${i}`);

function traceAll(
  documents: readonly Uint32Array[],
  accounts: readonly string[],
  options: { alpha?: number; issued?: number; top?: number; key?: WatermarkKey } = {},
): AccountTraces {
  const { alpha = 1e-3, key: own = key, ...rest } = options;
  const tracer = new AccountTracer(own, { alpha });
  for (const document of documents) tracer.add(document);
  const traces = tracer.trace(accounts, rest);
  tracer.close();
  return traces;
}

const traceOne = (document: Uint32Array, ...rest: [string[], object?]): AccountTrace =>
  traceAll([document], ...rest).documents[0]!;
const namesOf = ({ named }: AccountTrace): string[] => named.map(({ account }) => account);

/** T[j][s] straight from the specification, of a document's turns: each is read by itself, and a tuple counts once in all. */
function naiveTable(own: WatermarkKey, ...turns: readonly Uint32Array[]): Map<number, number[]> {
  const scheme = createScheme(own.params.scheme);
  const table = new Map<number, number[]>();
  const seen = new Set<string>();
  const read = turns.flatMap((tokenIds) =>
    naiveTokens(own, tokenIds).map((token, position) => ({ tokenIds, token, position })),
  );
  for (const { tokenIds, token, position } of read) {
    const tuple = tokenIds.slice(Math.max(0, position - own.params.contextWidth), position + 1).join();
    if (token.slot !== 'account' || seen.has(tuple)) continue;
    seen.add(tuple);
    const row = table.get(token.codePosition!) ?? new Array<number>(16).fill(0);
    table.set(
      token.codePosition!,
      row.map((sum, s) => sum + scheme.score(token.words![s]!)),
    );
  }
  return table;
}

/** The rows in quanta, by the rule of docs/statistics.md. */
function quantised(rows: readonly number[][]): number[][] {
  const variance = rows.reduce((total, row) => {
    const mean = row.reduce((sum, x) => sum + x / 16, 0);
    return total + row.reduce((sum, x) => sum + (x - mean) ** 2 / 16, 0);
  }, 0);
  const finest = Math.min(Math.sqrt(variance / rows.length) / 8, Math.sqrt(variance) / 64);
  const quantum = 2 ** Math.max(0, Math.floor(Math.log2(finest)));
  return rows.map((row) => row.map((x) => Math.floor((x - Math.min(...row)) / quantum)));
}

/** log10 P(sum of one draw a row ≥ sum), from exact counts. */
function countedTail(rows: readonly number[][]): (sum: number) => number {
  let ways = new Map<number, bigint>([[0, 1n]]);
  for (const row of rows) {
    const next = new Map<number, bigint>();
    for (const [total, count] of ways) {
      for (const x of row) next.set(total + x, (next.get(total + x) ?? 0n) + count);
    }
    ways = next;
  }
  return (sum) => {
    let above = 0n;
    for (const [total, count] of ways) if (total >= sum) above += count;
    return log10Share(above, 16n ** BigInt(rows.length));
  };
}

describe('AccountTracer', () => {
  const schemes: [string, SchemeParams][] = SCHEMES.map((scheme) => [scheme.kind, scheme]);

  it.each(schemes)('gives, under %s, the exact p-value of the table in quanta', (_, scheme) => {
    const own = keyFrom(`exact ${scheme.kind}`, VOCABULARY, { scheme, codeLength: 32 });
    for (const count of [30, 60]) {
      const tokenIds = markedIds(own, 'user-3', count, count);
      const table = naiveTable(own, tokenIds);
      const positions = [...table.keys()];
      const rows = quantised([...table.values()]);
      const { top, codePositions } = traceOne(tokenIds, users(40), { key: own, top: 40, alpha: 0.999 });
      const tailAt = countedTail(rows);
      expect(codePositions).toBe(positions.length);
      expect(top).toHaveLength(40);
      for (const { account, log10RawPValue, log10PValue } of top) {
        const code = accountCode(own.accountKey(), account, 32);
        const sum = rows.reduce((total, row, j) => total + row[code[positions[j]!]!]!, 0);
        const expected = tailAt(sum);
        // Never below the exact value, and above it by at most the stated margin (with 1e-12 for the exact side's own rounding).
        const margin = 1e-9 * Math.max(1, -expected);
        expect(log10RawPValue).toBeGreaterThanOrEqual(expected - 1e-12);
        expect(log10RawPValue).toBeLessThanOrEqual(expected + 1.2 * margin);
        expect(log10PValue).toBe(Math.min(0, log10RawPValue + Math.log10(40)));
      }
      const ordered = top.map((account) => account.log10RawPValue);
      expect(ordered).toEqual([...ordered].sort((a, b) => a - b));
    }
  });

  it.each(schemes)('gives, under %s, the exact p-value of turns that share no context', (_, scheme) => {
    const own = keyFrom(`turns ${scheme.kind}`, VOCABULARY, { scheme, codeLength: 32 });
    // Short turns, an empty one, and a repeated one.
    const turns = [7, 2, 0, 25, 12].map((count, i) => markedIds(own, 'user-3', count, `turn ${i}`));
    turns.push(turns[3]!);
    const length = turns.reduce((sum, turn) => sum + turn.length, 0);
    const tracer = new AccountTracer(own, { alpha: 0.999, keepDocuments: true });
    tracer.addTurns(turns);
    const [found] = tracer.trace(users(40), { top: 40 }).documents;
    const table = naiveTable(own, ...turns);
    const positions = [...table.keys()];
    const rows = quantised([...table.values()]);
    const tailAt = countedTail(rows);
    const { contextWidth } = own.params;
    expect(found).toMatchObject({
      total: length,
      codePositions: positions.length,
      withoutContext: turns.reduce((sum, turn) => sum + Math.min(turn.length, contextWidth), 0),
    });
    for (const { account, log10RawPValue } of found!.top) {
      const code = accountCode(own.accountKey(), account, 32);
      const expected = tailAt(rows.reduce((total, row, j) => total + row[code[positions[j]!]!]!, 0));
      expect(log10RawPValue).toBeGreaterThanOrEqual(expected - 1e-12);
      expect(log10RawPValue).toBeLessThanOrEqual(expected + 1.2e-9 * Math.max(1, -expected));
      // What is shown of it is of the same tuples.
      const [growth] = tracer.growth(0, [account], 1);
      expect(growth!.at(-1)).toEqual({ tokens: length, log10RawPValue });
    }
    const { statuses } = tracer.tokens(0, 'user-3');
    const scored = TOKEN_STATUSES.indexOf('scored');
    expect(statuses.filter((status) => status === scored)).toHaveLength(found!.scored);
    // As one text there are tuples that no generation ever made.
    const asOne = traceOne(Uint32Array.from(turns.flatMap((turn) => [...turn])), users(40), { key: own });
    expect(asOne.withoutContext).toBeLessThan(found!.withoutContext);
    tracer.close();
  });

  it.each(schemes)('names the account of a marked answer among a thousand, under %s', (_, scheme) => {
    const own = keyFrom(`power ${scheme.kind}`, VOCABULARY, { scheme });
    const found = traceOne(markedIds(own, 'user-77', 600, 1), users(1000), { key: own });
    expect(found.verdict).toBe('named');
    expect(namesOf(found)).toEqual(['user-77']);
    expect(found.named[0]!.zScore).toBeGreaterThan(5);
    expect(found.log10PValue).toBe(found.named[0]!.log10PValue);
  });

  it('names accounts by their bytes, of any length and script', () => {
    const ids = ['é', 'e\u0301', 'x'.repeat(65), 'x'.repeat(256), '名前@例え.jp', ' user-1', 'user-1'];
    for (const id of ids) {
      const found = traceOne(markedIds(key, id, 300, 2), [
        ...users(100),
        ...ids.filter((x) => x !== 'user-1'),
      ]);
      expect(namesOf(found)).toEqual([id]);
    }
  });

  it('names nobody for an account that is not listed, no account, another key, or noise', () => {
    const documents = [
      markedIds(key, 'somebody-else', 400, 3),
      markedIds(key, undefined, 400, 4),
      markedIds(keyFrom('another', VOCABULARY), 'user-5', 400, 5),
      randomIds(seededRandom(6), 400, VOCABULARY),
    ];
    for (const document of documents) {
      const found = traceOne(document, users(2000));
      expect(found.verdict).toBe('none-named');
      expect(found.named).toEqual([]);
      expect(found.top).toEqual([]);
      expect(found.log10PValue).toBeGreaterThan(-3);
    }
  });

  it('names every account of a pool, and each document its own', () => {
    const owners = ['user-1', 'user-20', 'user-300', 'user-4'];
    const documents = owners.map((owner, i) => markedIds(key, owner, 400, `pool ${i}`));
    const { documents: found, pooled } = traceAll(documents, users(1000));
    expect(found.map(namesOf)).toEqual(owners.map((owner) => [owner]));
    expect(namesOf(pooled!).sort()).toEqual([...owners].sort());
    expect(pooled!.documents).toBe(4);
    expect(found[0]!.corrections).toEqual([
      { method: 'bonferroni', over: 'accounts', tests: 1000 },
      { method: 'bonferroni', over: 'texts', tests: 8 },
    ]);
    expect(pooled!.tests).toBe(2000);
  });

  it('counts a tuple once in a document and once in the pool', () => {
    const document = markedIds(key, 'user-9', 300, 7);
    const { documents, pooled } = traceAll([document, document, document], users(10));
    const [first, second] = documents;
    expect(second).toEqual(first);
    expect(pooled!.scored).toBe(first!.scored);
    expect(pooled!.duplicates).toBe(3 * first!.duplicates + 2 * first!.scored);
    expect(pooled!.total).toBe(900);
    expect(pooled!.named[0]!.log10RawPValue).toBe(first!.named[0]!.log10RawPValue);
    const { scored, duplicates, otherSlots, withoutContext, total } = first!;
    expect(scored + duplicates + otherSlots + withoutContext).toBe(total);
    expect(withoutContext).toBe(4);
  });

  it('gives the same pool in any order of the documents', () => {
    const documents = [1, 2, 3].map((i) => markedIds(key, `user-${i}`, 300, `order ${i}`));
    const there = traceAll(documents, users(100)).pooled;
    const back = traceAll([...documents].reverse(), users(100)).pooled;
    expect(back).toEqual(there);
  });

  it('corrects for all accounts issued, not only those listed', () => {
    const document = markedIds(key, 'user-1', 60, 'short');
    const listed = traceOne(document, users(10));
    const issued = traceOne(document, users(10), { issued: 1e12 });
    expect(listed.verdict).toBe('named');
    expect(issued.log10PValue - listed.log10PValue).toBeCloseTo(11, 9);
    expect(issued.verdict).toBe(issued.log10PValue <= -3 ? 'named' : 'none-named');
    const hopeless = traceOne(document, users(10), { issued: Number.MAX_SAFE_INTEGER, alpha: 1e-9 });
    expect(hopeless.verdict).not.toBe('named');
  });

  it('calls texts inconclusive that could name nobody', () => {
    for (const count of [0, 3, 4, 8]) {
      const found = traceOne(markedIds(key, 'user-1', count, 8), users(1000), { top: 3 });
      expect(found.verdict).toBe('inconclusive');
      expect(found).toMatchObject({ named: [], top: [], log10PValue: 0, total: count });
    }
    // 16^-n for n code positions is the least p-value: five of them reach 1e-3 for a thousand accounts, four do not.
    const { codePositions, verdict } = traceOne(markedIds(key, 'user-1', 25, 8), users(1000));
    expect(verdict === 'inconclusive').toBe(codePositions * Math.log10(16) < 6);
  });

  it('reads texts with the tokenizer of the key', () => {
    const tokenizer = BYTE_TOKENIZER;
    const text = 'An innocent sentence, again and again. '.repeat(20);
    const { vocabSize, fingerprint } = tokenizer;
    const own = keyFrom('text', vocabSize);
    const params = { ...own.params, tokenizer: { name: 'bytes', vocabSize, fingerprint } };
    const textKey = new WatermarkKey(params, new Uint8Array(32).fill(9));
    const tracer = new AccountTracer(textKey, { tokenizer });
    tracer.add(`\u200b${text}`);
    tracer.add(tokenizer.encode(text));
    const { documents } = tracer.trace(users(5));
    expect(documents[0]!.normalization).toEqual([{ kind: expect.any(String), count: 1 }]);
    expect({ ...documents[0], normalization: [] }).toEqual(documents[1]);
    tracer.close();
    const without = new AccountTracer(textKey);
    expect(() => without.add(text)).toThrow(expect.objectContaining({ code: 'tokenizer-mismatch' }));
  });

  it('refuses what it cannot use', () => {
    const tracer = new AccountTracer(key);
    expect(() => tracer.trace(['a'])).toThrow('"add" expected at least one document');
    tracer.add([1, 2, 3]);
    const bad: [() => unknown, string][] = [
      [() => tracer.trace([]), '"accounts" expected at least one account, got none'],
      [() => tracer.trace(['a', 'b'], { issued: 1 }), '"issued" expected an integer >= the 2 listed, got 1'],
      [() => tracer.trace(['a'], { issued: 1.5 }), '"issued"'],
      [() => tracer.trace(['a'], { top: -1 }), '"top" expected an integer >= 0, got -1'],
      [() => new AccountTracer(key, { alpha: 0 }), '"alpha" expected 0 < alpha < 1, got 0'],
      [
        () => new AccountTracer(key, { normalization: 'some' as 'none' }),
        '"normalization" expected one of none',
      ],
      [() => new AccountTracer(keyFrom(1, 9, { accountShare: 0 })), 'this key marks no account'],
    ];
    for (const [call, message] of bad) expect(call).toThrow(message);
    expect(() => tracer.add([VOCABULARY])).toThrow(expect.objectContaining({ code: 'token-out-of-range' }));
    expect(() => tracer.add([0.5])).toThrow(expect.objectContaining({ code: 'token-out-of-range' }));
    // What was refused is not there.
    expect(tracer.trace(['a']).documents).toHaveLength(1);
    tracer.close();
    tracer.close();
    expect(() => tracer.add([1])).toThrow('got a closed one');
    expect(() => tracer.trace(['a'])).toThrow('got a closed one');
  });

  it('never shows an id in the message that refuses it', () => {
    const tracer = new AccountTracer(key);
    tracer.add(markedIds(key, 'user-1', 200, 1));
    expect(() => tracer.trace(['fine', 'alice'.repeat(60)])).toThrow(/^(?!.*alice)/);
  });
});
