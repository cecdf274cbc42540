/** Computes a result's statistic, p-value, e-value and parts anew, from the words that it lists. */
import { createScheme } from '@countermark/watermark/scheme';
import { SLOT_TESTS } from '../accounts/account-slots.ts';
import { averageEValues } from '../evidence/e-values.ts';
import { nullTailLog10 } from '../law/law-of.ts';
import { createWordBins } from '../likelihood/create-word-bins.ts';
import { EvidenceTally } from '../likelihood/evidence-tally.ts';
import { addCharacters } from '../regions/add-characters.ts';
import { locateRegions, type RegionSearch } from '../regions/locate-regions.ts';
import type { Region } from '../regions/region.ts';
import { repeatsBefore } from '../score/scored-words.ts';
import { statisticOf } from '../score/statistic.ts';
import { type Check, type CheckCase, checkOf, differs, isFar } from './check.ts';
import { statusesOf } from './check-tuples.ts';

/** Bits of our own keys, as BLAKE3 promises them: docs/statistics.md section 1. */
const KEY_BITS = 128;
const LOG10_LEAST = -KEY_BITS * Math.log10(2);
/** What an implementation may be off by in log10 E: docs/spec.md section 6.2. */
const E_VALUE_TOLERANCE = 1e-6;

/** Checks the sum of the words' scores, and what is derived from it. */
export function checkSum({ result, params, words }: CheckCase): Check {
  const scheme = createScheme(params.scheme);
  const sum = scheme.sumScores(words, words.length);
  const { mean, nullMean, zScore } = statisticOf(params.scheme.kind, scheme, words.length, sum);
  const stated = result.statistic;
  return checkOf(
    'sum',
    `the words' scores add up to ${sum}, ${zScore.toFixed(2)} standard deviations above what is due`,
    differs('sum of the scores', stated.sum, sum),
    isFar('mean score', stated.mean, mean),
    isFar('mean score that is due', stated.nullMean, nullMean),
    isFar('z-score', stated.zScore, zScore),
  );
}

/** Checks the p-value of the whole document by its law, and how small it may be said to be. */
export function checkPValue({ result, params, words }: CheckCase): Check {
  const scheme = createScheme(params.scheme);
  const log10P = nullTailLog10(scheme.nullLaw, words.length, scheme.sumScores(words, words.length));
  const { log10RawPValue, log10PValue, log10LeastPValue, weighted, pValue, basis, keyBits } = result;
  return checkOf(
    'p-value',
    `log10 p is ${log10P} by the exact law of ${words.length} such scores${weighted === undefined ? '' : ', without the weights'}`,
    isFar('log10 of the p-value before corrections', weighted?.log10PlainPValue ?? log10RawPValue, log10P),
    weighted === undefined
      ? undefined
      : isFar('log10 of the p-value before corrections', log10RawPValue, weighted.log10PValue),
    differs('what the p-value rests on', basis, 'law'),
    differs('bits of the key', keyBits, KEY_BITS),
    isFar('log10 of the least p-value', log10LeastPValue, LOG10_LEAST),
    isFar('log10 of the p-value for people', Math.log10(pValue), Math.max(log10PValue, LOG10_LEAST)),
  );
}

/** Checks the key's e-value, and the mean over keys. */
export function checkEValue({ result, strongest, params, words }: CheckCase): Check {
  const tally = new EvidenceTally(createWordBins(params.scheme));
  tally.add(words, words.length);
  const log10E = tally.log10EValue();
  const mean = averageEValues(result.keys.map(({ log10EValue }) => log10EValue));
  return checkOf(
    'e-value',
    `log10 E is ${log10E.toFixed(4)}`,
    isAway("log10 of the key's e-value", strongest.log10EValue, log10E),
    isAway("log10 of the mean of the keys' e-values", result.log10EValue, mean),
  );
}

function isAway(what: string, stated: number, found: number): string | undefined {
  const isNear = Math.abs(stated - found) <= E_VALUE_TOLERANCE;
  return isNear ? undefined : `${what}: the result says ${stated}, and it is ${found}`;
}

/** Searches the listed tuples for parts again, if the result says that it did; the positions must have passed. */
export function searchAgain(checked: CheckCase): RegionSearch | undefined {
  const { result, strongest, params, evidence, words } = checked;
  const { settings } = result;
  if (!settings.regions) return undefined;
  const scheme = createScheme(params.scheme);
  const positions = Uint32Array.from(evidence.positions);
  const document = {
    positions,
    repeats: repeatsBefore({ statuses: statusesOf(checked) }, positions),
    scores: Float64Array.from(words, (word) => scheme.score(word)),
    nullLaw: scheme.nullLaw,
    contextWidth: params.contextWidth,
  };
  const log10Whole = nullTailLog10(scheme.nullLaw, words.length, scheme.sumScores(words, words.length));
  const tests = settings.keys * (strongest.accountSlots === undefined ? 1 : SLOT_TESTS);
  return locateRegions(document, log10Whole, settings.alpha, tests);
}

/** Checks the parts that a result lists against those that were found again. */
export function checkRegions(checked: CheckCase, search: RegionSearch | undefined): Check[] {
  const { result, strongest } = checked;
  if (search === undefined) return [];
  const { length } = search.regions;
  const found = result.scored < result.settings.minTokens ? [] : withCharacters(checked, search.regions);
  const shown = result.regions ?? [];
  // Over several documents some that are listed for the key may be left out.
  const kept = shown.filter((region) => found.some((other) => isSame(region, other)));
  const all = strongest.regions ?? [];
  return [
    checkOf(
      'regions',
      `${length} parts are found again, in ${search.windows} windows`,
      differs('number of parts', all.length, found.length),
      all.every((region, i) => found[i] !== undefined && isSame(region, found[i]))
        ? undefined
        : 'the parts listed for the key are not those that its words give',
      kept.length === shown.length ? undefined : 'a part is listed that the words do not give',
      result.log10QValue === undefined ? differs('number of parts', shown.length, found.length) : undefined,
    ),
  ];
}

function withCharacters(
  { source, tokenIds, tokenizer }: CheckCase,
  regions: readonly Region[],
): readonly Region[] {
  if (!('text' in source) || tokenizer === undefined) return regions;
  return addCharacters(regions, tokenIds, tokenizer, source);
}

function isSame(stated: Region, found: Region): boolean {
  return (
    differs(
      '',
      [stated.tokens, stated.characters, stated.scored],
      [found.tokens, found.characters, found.scored],
    ) === undefined && isFar('', stated.log10PValue, found.log10PValue) === undefined
  );
}
