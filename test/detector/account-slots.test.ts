import {
  AccountTracer,
  type Detection,
  Detector,
  type DetectorOptions,
  nullTailLog10,
  packAccounts,
} from '@countermark/detector';
import { averageEValues, createWordBins, EvidenceTally } from '@countermark/detector/evidence';
import { seededRandom, type WatermarkKey } from '@countermark/watermark';
import { accountCode, createScheme } from '@countermark/watermark/scheme';
import { describe, expect, it } from 'vitest';
import { markedIds } from '../support/marked-ids.ts';
import { naiveTokens } from '../support/naive-document.ts';
import { keyFrom, randomIds, SCHEMES } from '../support/random-key.ts';

const VOCABULARY = 64;
const key = keyFrom('account slots', VOCABULARY);
const users = (count: number): string[] => Array.from({ length: count }, (_, i) => `user-${i}`);

function detectIn(
  keys: WatermarkKey | readonly WatermarkKey[],
  document: Uint32Array,
  options: DetectorOptions,
): Detection {
  const detector = new Detector([keys].flat(), options);
  try {
    return detector.detect(document);
  } finally {
    detector.close();
  }
}

/** Words of a document's common and account slots, each tuple once, the latter by account: straight from the specification. */
function naiveWords(own: WatermarkKey, tokenIds: Uint32Array, accounts: readonly string[]) {
  const seen = new Set<string>();
  const tokens = naiveTokens(own, tokenIds).filter(({ words }, position) => {
    const tuple = tokenIds.slice(Math.max(0, position - own.params.contextWidth), position + 1).join();
    const isNew = words !== undefined && !seen.has(tuple);
    seen.add(tuple);
    return isNew;
  });
  const common = tokens.filter(({ slot }) => slot === 'common').map(({ words }) => words![0]!);
  const inSlots = tokens.filter(({ slot }) => slot === 'account');
  const accountKey = own.accountKey();
  const byAccount = accounts.map((account) => {
    const code = accountCode(accountKey, account, own.params.codeLength);
    return inSlots.map(({ words, codePosition }) => words![code[codePosition!]!]!);
  });
  return { common: Uint32Array.from(common), byAccount: byAccount.map((words) => Uint32Array.from(words)) };
}

describe('a detection with accounts', () => {
  it.each(SCHEMES)('has, under $kind, the p-value and the e-value of their definition', (scheme) => {
    const own = keyFrom(`slots ${scheme.kind}`, VOCABULARY, { scheme });
    // As many as are looked at to the last digit: the definition then leaves no choice.
    const accounts = users(16);
    const { nullLaw, sumScores } = createScheme(scheme);
    const bins = createWordBins(scheme);
    const log10EOf = (...words: Uint32Array[]): number => {
      const tally = new EvidenceTally(bins);
      for (const some of words) tally.add(some, some.length);
      return tally.log10EValue();
    };
    for (const account of ['user-3', 'nobody', undefined]) {
      const ids = markedIds(own, account, 150, `slots ${account}`);
      const { common, byAccount } = naiveWords(own, ids, accounts);
      const found = detectIn(own, ids, { accounts: { ids: accounts, issued: 40 } });
      const sums = byAccount.map((words) => sumScores(words, words.length));
      const n = common.length + byAccount[0]!.length;
      const log10Raw = nullTailLog10(nullLaw, n, sumScores(common, common.length) + Math.max(...sums));
      // ½ (E of common slots + the sum of the accounts' / issued).
      const log10OfAccounts = averageEValues(byAccount.map((words) => log10EOf(common, words)));
      const log10E = averageEValues([log10EOf(common), log10OfAccounts + Math.log10(16 / 40)]);
      expect(found.accountSlots).toEqual({
        accounts: 16,
        issued: 40,
        scored: byAccount[0]!.length,
        sum: Math.max(...sums),
        log10RawPValue: log10Raw,
        log10PValue: Math.min(0, log10Raw + Math.log10(40)),
        log10EValue: expect.closeTo(log10E, 9),
      });
      const least = Math.min(found.log10RawPValue, found.accountSlots!.log10PValue);
      expect(found.log10PValue).toBeCloseTo(Math.min(0, least + Math.log10(2)), 12);
      expect(found.corrections).toEqual([
        { method: 'bonferroni', over: 'accounts', tests: 40 },
        { method: 'bonferroni', over: 'tests', tests: 2 },
      ]);
      expect(found.tests).toBe(41);
      expect(found.settings.accounts).toEqual({ listed: 16, issued: 40 });
    }
  });

  it('leaves what common slots say by themselves as it is without accounts', () => {
    const ids = markedIds(key, 'user-7', 200, 'alone');
    const { accountSlots, log10PValue, tests, corrections, settings, pValue, keys, ...withAccounts } =
      detectIn(key, ids, { accounts: { ids: users(100) } });
    expect(detectIn(key, ids, {})).toMatchObject(withAccounts);
    expect(accountSlots?.scored).toBeGreaterThan(0);
  });

  it('finds a text by an account among 20,000 that common slots alone do not show, and names nobody', () => {
    // Half of the contexts are common, and 0.4 of accounts: log10 p is about −50 without and −88 with them.
    const ids = markedIds(keyFrom('weak', 512), 'user-1234', 75, 'weak');
    const accounts = users(20_000);
    const alpha = 1e-70;
    const alone = detectIn(keyFrom('weak', 512), ids, { alpha, minTokens: 20 });
    const found = detectIn(keyFrom('weak', 512), ids, { alpha, minTokens: 20, accounts: { ids: accounts } });
    expect(alone.verdict).toBe('not-detected');
    expect(found.verdict).toBe('detected');
    expect(JSON.stringify(found)).not.toContain('user-');
  });

  it('costs a text of nobody in the list a factor of 2 at most', () => {
    for (const account of ['somebody-else', undefined]) {
      const ids = markedIds(key, account, 300, `not listed ${account}`);
      const alone = detectIn(key, ids, {});
      const found = detectIn(key, ids, { accounts: { ids: users(5000) } });
      expect(found.log10PValue).toBeLessThanOrEqual(alone.log10PValue + Math.log10(2) + 1e-12);
      expect(found.accountSlots!.log10EValue).toBeGreaterThanOrEqual(
        alone.log10EValue - Math.log10(2) - 1e-12,
      );
    }
  });

  it('counts a tuple that repeats once, in account slots too', () => {
    const ids = markedIds(key, 'user-1', 120, 'once');
    const options = { accounts: { ids: users(50) } };
    const once = detectIn(key, ids, options).accountSlots!;
    const again = detectIn(key, Uint32Array.from([...ids, ...ids, ...ids]), options).accountSlots!;
    // New are the tuples across the seams alone, whose contexts are of the width 4.
    expect(again.scored).toBeGreaterThanOrEqual(once.scored);
    expect(again.scored).toBeLessThanOrEqual(once.scored + 2 * key.params.contextWidth);
  });

  it('gives packed accounts the same results as the ids', () => {
    const ids = markedIds(key, 'user-41 é', 150, 'packed');
    const accounts = [...users(30), 'user-41 é', '\ufeffuser', '😀'];
    const options = { issued: 99 };
    const packed = packAccounts(accounts);
    expect(detectIn(key, ids, { accounts: { ids: packed, ...options } })).toEqual(
      detectIn(key, ids, { accounts: { ids: accounts, ...options } }),
    );
    const tracer = new AccountTracer(key);
    tracer.add(ids);
    expect(tracer.trace(packed, { top: 40 })).toEqual(tracer.trace(accounts, { top: 40 }));
    tracer.close();
    expect(accounts.map((_, i) => packed.at(i))).toEqual(accounts);
  });

  it('takes the least number of tokens by the tuples of both kinds of slots', () => {
    const ids = randomIds(seededRandom('both'), 90, VOCABULARY);
    const accounts = { ids: users(3) };
    const { scored } = detectIn(key, ids, {});
    const options = { minTokens: scored + 1 };
    expect(detectIn(key, ids, options).verdict).toBe('inconclusive');
    const found = detectIn(key, ids, { ...options, accounts });
    expect(found.verdict).toBe('not-detected');
    expect(found.scored).toBe(scored);
    expect(detectIn(key, ids, { minTokens: 90, accounts }).verdict).toBe('inconclusive');
  });

  it('reads the slots of each key that has some, and corrects over keys by Holm', () => {
    const other = keyFrom('other', VOCABULARY);
    const detectOnly = keyFrom('common alone', VOCABULARY, { commonShare: 0.9, accountShare: 0 });
    const ids = markedIds(key, 'user-2', 150, 'keys');
    const { keys, tests, corrections } = detectIn([other, key, detectOnly], ids, {
      accounts: { ids: users(10) },
    });
    expect(keys.map(({ accountSlots }) => accountSlots !== undefined)).toEqual([true, true, false]);
    const own = keys.map(({ log10RawPValue, accountSlots }) =>
      accountSlots === undefined
        ? log10RawPValue
        : Math.min(0, Math.min(log10RawPValue, accountSlots.log10PValue) + Math.log10(2)),
    );
    expect(keys[1]!.log10PValue).toBeCloseTo(own[1]! + Math.log10(3), 12);
    expect(tests).toBe(3 * 11);
    expect(corrections.map(({ over }) => over)).toEqual(['accounts', 'tests', 'keys']);
  });

  it('shares the level of parts with the account slots', () => {
    const marked = markedIds(key, 'user-5', 150, 'part');
    const plain = randomIds(seededRandom('plain'), 300, VOCABULARY);
    const ids = Uint32Array.from([...plain, ...marked]);
    const alone = detectIn(key, ids, { regions: true });
    const found = detectIn(key, ids, { regions: true, accounts: { ids: users(10) } });
    expect(alone.regions).toHaveLength(1);
    expect(found.regions).toEqual([
      {
        ...alone.regions![0],
        log10PValue: expect.closeTo(alone.regions![0]!.log10PValue + Math.log10(2), 9),
      },
    ]);
    expect(found.corrections.map(({ over }) => over)).toEqual(['windows', 'accounts', 'tests']);
  });

  it('refuses what makes no sense', () => {
    const detectOnly = keyFrom('no slots', VOCABULARY, { commonShare: 0.9, accountShare: 0 });
    const ids = ['a'];
    const open =
      (options: DetectorOptions, own = key) =>
      () =>
        new Detector([own], options).close();
    expect(open({ accounts: { ids: [] } })).toThrow(/"accounts" expected at least one account, got none/);
    expect(open({ accounts: { ids: ['a', 'b'], issued: 1 } })).toThrow(/"issued" expected/);
    expect(open({ accounts: { ids } }, detectOnly)).toThrow(
      /"accounts" expected a key that gives accounts a share/,
    );
    expect(open({ accounts: { ids }, dedup: 'none' })).toThrow(/"dedup" expected context-token/);
    const detector = new Detector([key], { accounts: { ids } });
    const probabilities = { source: 'known' as const, values: new Float64Array(3).fill(0.5) };
    expect(() => detector.detect([1, 2, 3], probabilities as never)).toThrow(
      /"probabilities" expected a detection by common slots alone, got accounts/,
    );
    detector.close();
    expect(() => detector.detect(randomIds(seededRandom(1), 20, VOCABULARY))).toThrow(/closed/);
  });
});
