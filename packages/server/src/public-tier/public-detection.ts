import type { Detection, Verdict } from '@countermark/detector';

/** What strengths are rounded down to. */
export const STRENGTHS = [0, 3, 6, 10, 20, 50, 100] as const;

/** What anybody may know of a detection. */
export interface PublicDetection {
  readonly object: 'public-detection';
  readonly verdict: Verdict;
  /** −log10 of the corrected p-value, rounded down to one of {@link STRENGTHS}. */
  readonly strength: (typeof STRENGTHS)[number];
  /** Tokens that entered the statistic. */
  readonly scored: number;
}

/** Reduces a detection to what serves nobody who wants to remove or forge a mark by small steps. */
export function publicDetection({ verdict, log10PValue, scored }: Detection): PublicDetection {
  const strength = STRENGTHS.findLast((step) => step <= -log10PValue) ?? 0;
  return { object: 'public-detection', verdict, strength, scored };
}
