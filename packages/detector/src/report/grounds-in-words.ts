/** Says what a p-value rests on, and how small it can be. */
import { formatPValue } from '@countermark/report';
import type { KeyDetection } from '../detection.ts';

type Grounds = Pick<KeyDetection, 'basis' | 'keyBits' | 'log10LeastPValue' | 'rank' | 'layerKeys'>;

/** Says what a p-value rests on, as in `the rank of the key: 1 of 1,000`. */
export function basisInWords({ basis, rank, layerKeys }: Grounds): string {
  switch (basis) {
    case 'law':
      return 'a null law of the sum';
    case 'layers':
      return `${count(layerKeys?.count ?? 0)} other keys of each layer on this very text`;
    case 'rank':
      return rank === undefined
        ? 'the rank of the key among random ones'
        : `the rank of the key on this very text: ${count(rank.atLeastAsStrong)} of ${count(rank.drawn)} random keys are at least as strong`;
  }
}

/** Says how small a p-value can be, and why. */
export function leastInWords({ basis, keyBits, log10LeastPValue, rank, layerKeys }: Grounds): string {
  const least = formatPValue(log10LeastPValue, -Infinity);
  if (basis === 'rank' && rank !== undefined && log10LeastPValue >= -Math.log10(rank.planned + 1)) {
    return `${least}: a rank among ${count(rank.planned)} keys goes no lower`;
  }
  if (basis === 'layers' && log10LeastPValue > -keyBits * Math.log10(2)) {
    return `${least}: ${count(layerKeys?.count ?? 0)} other keys of each layer go no lower`;
  }
  return `${least}, from ${count(Math.round(keyBits * 10) / 10)} bits of the key`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
