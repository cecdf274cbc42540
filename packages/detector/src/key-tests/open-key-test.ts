import type { MarkKey } from '@countermark/watermark/scheme';
import type { KeyTest } from './key-test.ts';
import { openLawTest } from './law-test.ts';
import { openLayersTest } from './layers-test.ts';
import { openPermutationTest } from './permutation-test.ts';
import { openRankTest } from './rank-test.ts';

/**
 * Opens the test of a key.
 *
 * @param permutations random keys that a key is ranked among, where its p-value is a rank.
 */
export function openKeyTest(key: MarkKey, permutations: number): KeyTest {
  if (key.permutationTest !== undefined) return openPermutationTest(key, key.permutationTest, permutations);
  switch (key.basis) {
    case 'law':
      return openLawTest(key);
    case 'layers':
      return openLayersTest(key);
    case 'rank':
      return openRankTest(key, permutations);
  }
}
