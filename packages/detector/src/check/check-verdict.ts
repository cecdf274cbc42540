/** Computes the corrections of a result and its verdict anew. */

import { createScheme, paramsFingerprint, type WatermarkParams } from '@countermark/watermark/scheme';
import { joinAccountSlots } from '../accounts/account-slots.ts';
import { correctionsOf, testsOf } from '../detect/corrections.ts';
import type { Correction, Detection, KeyDetection, Verdict } from '../detect/detection.ts';
import { decide, leftOpen, testedTuples } from '../detect/verdict.ts';
import { nullTailLog10 } from '../law/law-of.ts';
import type { RegionSearch } from '../regions/locate-regions.ts';
import { statisticOf } from '../score/statistic.ts';
import { holm } from '../stats/holm.ts';
import { type Check, type CheckCase, checkOf, differs, isFar } from './check.ts';

// What the top level has besides, and what it has of its own: verdict and parts over documents, the mean e-value.
const TOP_ONLY: ReadonlySet<string> = new Set([
  ...['object', 'pValue', 'alpha', 'minTokens', 'settings', 'tests', 'corrections', 'log10QValue'],
  ...['normalization', 'keys', 'verdict', 'log10EValue', 'regions'],
]);

/** Checks that the top level repeats the strongest key, and the p-values of other keys with these parameters. */
export function checkKeys({ result, params, strongest }: CheckCase): Check {
  const { keys } = result;
  const unlike = Object.keys({ ...strongest, ...result })
    .filter((name) => !TOP_ONLY.has(name))
    .find((name) => differs('', memberOf(result, name), memberOf(strongest, name)) !== undefined);
  const isDecided = (key: KeyDetection): boolean => key.verdict !== 'inconclusive';
  const stronger = keys.find((key) =>
    isDecided(key) === isDecided(strongest) ? key.log10PValue < strongest.log10PValue : isDecided(key),
  );
  const wrong = keys.map((key) => numbersFault(key, params)).find((fault) => fault !== undefined);
  return checkOf(
    'keys',
    keys.length === 1
      ? 'the result is that of its one key'
      : `the result is that of the strongest of ${keys.length} keys`,
    new Set(keys.map(({ keyId }) => keyId)).size === keys.length ? undefined : 'a key is listed twice',
    unlike === undefined ? undefined : `"${unlike}" is not that of key ${strongest.keyId}`,
    stronger === undefined
      ? undefined
      : `key ${stronger.keyId} has stronger evidence and is not the one shown`,
    wrong,
  );
}

// Of any key the counts, and where its parameters are these, what follows from its sum.
function numbersFault(key: KeyDetection, params: WatermarkParams): string | undefined {
  const { keyId, scored, duplicates, otherSlots, withoutContext, unkeyed, total, statistic } = key;
  const counted = scored + duplicates + otherSlots + withoutContext + unkeyed;
  if (counted !== total)
    return `the counts of key ${keyId} add up to ${counted}, and the document has ${total} tokens`;
  if (key.params !== paramsFingerprint(params) || key.profile !== undefined) return undefined;
  const { sum } = statistic;
  if (!Number.isSafeInteger(sum) || sum < 0) return `the sum of key ${keyId}, ${sum}, is no sum of scores`;
  const scheme = createScheme(params.scheme);
  const { zScore } = statisticOf(params.scheme.kind, scheme, scored, sum);
  const log10P = nullTailLog10(scheme.nullLaw, scored, sum);
  return (
    isFar(`z-score of key ${keyId}`, statistic.zScore, zScore) ??
    isFar(
      `log10 of the p-value of key ${keyId}`,
      key.weighted?.log10PlainPValue ?? key.log10RawPValue,
      log10P,
    )
  );
}

function memberOf(key: KeyDetection, name: string): unknown {
  return Object.entries(key).find(([own]) => own === name)?.[1];
}

/** Checks p-values after correction, and what they are said to be corrected for. */
export function checkCorrections({ result, strongest }: CheckCase, search: RegionSearch | undefined): Check {
  const { keys, corrections, tests } = result;
  const windows = search?.windows ?? 0;
  const pooled = corrections.find(({ over }) => over === 'documents');
  const expected: Correction[] = [
    ...correctionsOf(keys.length, windows, strongest.accountSlots),
    ...(pooled === undefined ? [] : [{ ...pooled, method: 'benjamini-hochberg' } as const]),
  ];
  const documents = result.log10QValue === undefined ? 1 : (pooled?.tests ?? 1);
  return checkOf(
    'corrections',
    expected.length === 0
      ? 'one test, nothing to correct for'
      : expected.map(({ method, over, tests: many }) => `${method} over ${many} ${over}`).join(', '),
    search === undefined ? holmFault(keys) : searchFault(strongest, search, keys.length),
    differs('corrections', corrections, expected),
    differs('number of tests', tests, testsOf(keys.length, windows, strongest.accountSlots) * documents),
  );
}

function holmFault(keys: readonly KeyDetection[]): string | undefined {
  const own = keys.map(({ weighted, log10RawPValue, accountSlots }) =>
    joinAccountSlots(Math.min(0, weighted?.log10PValue ?? log10RawPValue), accountSlots),
  );
  const adjusted = holm(own);
  return keys
    .map(({ keyId, log10PValue }, i) =>
      isFar(`log10 of the p-value of key ${keyId} by Holm`, log10PValue, adjusted[i] ?? 0),
    )
    .find((fault) => fault !== undefined);
}

// Of other keys the windows are not known: Holm then multiplies by 1 to their number.
function searchFault(
  { log10PValue, accountSlots }: KeyDetection,
  search: RegionSearch,
  keys: number,
): string | undefined {
  const least = joinAccountSlots(search.log10PValue, accountSlots);
  const most = Math.min(0, least + Math.log10(keys));
  if (keys === 1) return isFar('log10 of the p-value over the windows', log10PValue, least);
  const isWithin = log10PValue >= least + 1e-8 * least && log10PValue <= most - 1e-8 * most;
  return isWithin
    ? undefined
    : `log10 of the p-value over the windows: the result says ${log10PValue}, and Holm allows ${least} to ${most}`;
}

/** Checks the bounds of a q-value, which comes from other documents too; of results over several. */
export function checkQValue({ result }: CheckCase): Check[] {
  const { log10QValue, log10PValue, corrections } = result;
  const pooled = corrections.find(({ over }) => over === 'documents');
  if (log10QValue === undefined) return [];
  const most = Math.min(0, log10PValue + Math.log10(pooled?.tests ?? 1));
  const isWithin = log10QValue >= log10PValue + 1e-8 * log10PValue && log10QValue <= most - 1e-8 * most;
  return [
    checkOf(
      'q-value',
      `log10 q is ${log10QValue}, which ${pooled?.tests ?? 1} documents allow`,
      pooled === undefined ? 'there is one, and no correction over documents' : undefined,
      isWithin
        ? undefined
        : `the result says log10 q = ${log10QValue}, and between ${log10PValue} and ${most} is possible`,
    ),
  ];
}

/** Checks the verdict of every key, and that of the document. */
export function checkVerdict({ result, strongest }: CheckCase): Check {
  const { keys, settings, log10QValue, verdict } = result;
  const { alpha, minTokens } = settings;
  const verdicts = keys.map((key) => verdictOf(key, result));
  const wrong = keys
    .map((key, i) => differs(`verdict of key ${key.keyId}`, key.verdict, verdicts[i]))
    .find((fault) => fault !== undefined);
  const own =
    log10QValue === undefined
      ? verdictOf(strongest, result)
      : decide({
          log10Value: log10QValue,
          log10Level: Math.log10(alpha),
          scored: testedTuples(strongest),
          minTokens,
        });
  const expected = leftOpen(own, verdicts);
  return checkOf(
    'verdict',
    `${expected}, by the level and the least number of tokens`,
    wrong,
    differs('verdict', verdict, expected),
  );
}

function verdictOf(key: KeyDetection, { settings, keys }: Detection): Verdict {
  return decide({
    log10Value: key.log10PValue,
    log10Level: Math.log10(settings.alpha),
    scored: testedTuples(key),
    minTokens: settings.minTokens,
    // A key of ours can reach every level; another's may not.
    ...(key.profile === undefined ? {} : { log10Least: key.log10LeastPValue + Math.log10(keys.length) }),
  });
}
