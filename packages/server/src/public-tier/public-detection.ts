import type { Detection, Verdict } from '@countermark/detector';
import type { WatermarkParams } from '@countermark/watermark';

/** What strengths there are: of a text that is not detected, and of one that is. */
export const STRENGTHS = [0, 6] as const;

/** The level of the public tier: what a strength of {@link STRENGTHS} other than 0 stands for. */
export const PUBLIC_ALPHA = 1e-6;

/** Different tuples that any text needs, and scored ones that a key needs of it on average: then some fifty are nearly certain. */
const LEAST_TUPLES = 200;
const LEAST_SCORED = 100;

/** What anybody may know of a text: of one that is long enough, yes or no. */
export interface PublicDetection {
  readonly object: 'public-detection';
  /** `inconclusive` says that the text is too short, and nothing else: that depends on no key's secret. */
  readonly verdict: Verdict;
  /** The corrected p-value is at most ten to the minus this. */
  readonly strength: (typeof STRENGTHS)[number];
  /** Different tuples that a text needs. */
  readonly minTokens: number;
}

/**
 * Returns how many different tuples a text needs to be tested for a key by anybody: a number that everybody can compute.
 *
 * Whether enough of them are in common slots is not answered by the text's length, so that no question can be about a single slot.
 */
export function leastTuples({ commonShare }: WatermarkParams): number {
  return Math.max(LEAST_TUPLES, Math.ceil(LEAST_SCORED / commonShare));
}

/**
 * Reduces a detection to what serves people and tells of a key the least.
 *
 * @param detection undefined where the text is too short for every key.
 * @param minTokens the least that a key needed.
 */
export function publicDetection(detection: Detection | undefined, minTokens: number): PublicDetection {
  const [none, atLevel] = STRENGTHS;
  const object = 'public-detection';
  if (detection === undefined) return { object, verdict: 'inconclusive', strength: none, minTokens };
  if (detection.verdict !== 'detected') return { object, verdict: 'not-detected', strength: none, minTokens };
  return { object, verdict: 'detected', strength: atLevel, minTokens };
}
