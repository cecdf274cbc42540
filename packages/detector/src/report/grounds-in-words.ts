/** Says what a p-value rests on, and how small it can be. */
import { formatPValue } from '@countermark/report';
import type { Detection, KeyDetection } from '../detect/detection.ts';

type Grounds = Pick<
  KeyDetection,
  'basis' | 'keyBits' | 'log10LeastPValue' | 'rank' | 'layerLaw' | 'layerKeys'
>;

/** Says what a p-value rests on, as in `the rank of the key: 1 of 1,000`. */
export function basisInWords({ basis, rank, layerLaw, layerKeys }: Grounds): string {
  switch (basis) {
    case 'law':
      return 'the law of the sum under the null hypothesis';
    case 'layers':
      return layerLaw === undefined
        ? `${count(layerKeys?.count ?? 0)} other keys of each layer on this very text`
        : `all ${count(layerLaw.shifts)} keys that a layer can tell apart, of ${count(layerLaw.layers)} layers, on this very text`;
    case 'rank':
      return rank === undefined
        ? 'the rank of the key among random ones'
        : `the rank of the key on this very text: ${count(rank.atLeastAsStrong)} of ${count(rank.drawn)} random keys are at least as strong`;
  }
}

/** Says how small a p-value can be, and why. */
export function leastInWords({
  basis,
  keyBits,
  log10LeastPValue,
  rank,
  layerLaw,
  layerKeys,
}: Grounds): string {
  const least = formatPValue(log10LeastPValue, -Infinity);
  if (basis === 'rank' && rank !== undefined && log10LeastPValue >= -Math.log10(rank.planned + 1)) {
    return `${least}: a rank among ${count(rank.planned)} keys goes no lower`;
  }
  if (basis === 'layers' && log10LeastPValue > -keyBits * Math.log10(2)) {
    const compared =
      layerLaw === undefined ? `${count(layerKeys?.count ?? 0)} other` : `all ${count(layerLaw.shifts)}`;
    return `${least}: ${compared} keys of ${layerLaw === undefined ? 'each layer' : `${count(layerLaw.layers)} layers`} go no lower`;
  }
  return `${least}, from ${count(Math.round(keyBits * 10) / 10)} bits of the key`;
}

const MOST_RANKED = 1_000_000;

/** Says what lets a rank reach the level of a test that it cannot reach, as in `it takes permutations 999,999`. */
export function remedyInWords(
  detection: Pick<Detection, 'basis' | 'rank' | 'keys' | 'alpha' | 'keyBits'>,
): string {
  const { basis, rank, keys, alpha, keyBits } = detection;
  const log10Wanted = Math.log10(alpha) - Math.log10(keys.length);
  let needed = Math.max(1, Math.floor(keys.length / alpha) - 1);
  while (-Math.log10(needed + 1) > log10Wanted) needed++;
  if (basis !== 'rank' || needed > MOST_RANKED || -keyBits * Math.log10(2) > log10Wanted) {
    return 'it takes a larger alpha';
  }
  return `it takes ${rank === undefined ? 'decoys' : 'permutations'} ${needed.toLocaleString('en-US')}, or a larger alpha`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
