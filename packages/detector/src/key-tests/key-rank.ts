/**
 * The rank of a key among random keys, by draws that end early where the key is not among the strongest.
 *
 * Source: Besag, Clifford, "Sequential Monte Carlo p-values", Biometrika 78 (1991).
 */

/** A key's place among random keys on one document. */
export interface KeyRank {
  /** Random keys that were drawn. */
  readonly drawn: number;
  /** How many would have been drawn at most, R: no rank is below 1 / (R + 1). */
  readonly planned: number;
  /** Random keys that score at least as much as the key. */
  readonly atLeastAsStrong: number;
  /** log10 of the rank: a p-value whatever the text and the hash. */
  readonly log10RankPValue: number;
  /** Where the random keys come from, 64 hex digits: derived from key and document. */
  readonly seed: string;
}

// The 100th key that is as strong ends the draws: a rank of 0.1 or more is then known to a tenth of itself.
const ENOUGH = 100;

/**
 * Ranks a key.
 *
 * Given the document, the scores of the key and of the random ones are exchangeable. If h of them that are as strong were met, the
 * last at draw l, p = h / l; if all R were drawn, p = (1 + those as strong) / (R + 1). Either way P(p ≤ α) ≤ α.
 *
 * @param isAsStrong draws one random key, and says whether it scores at least as much.
 * @param planned    R, integer ≥ 1.
 */
export function rankKey(isAsStrong: () => boolean, planned: number): Omit<KeyRank, 'seed'> {
  let atLeastAsStrong = 0;
  for (let drawn = 1; drawn <= planned; drawn++) {
    if (isAsStrong()) atLeastAsStrong++;
    if (atLeastAsStrong === ENOUGH) {
      return { drawn, planned, atLeastAsStrong, log10RankPValue: Math.log10(ENOUGH / drawn) };
    }
  }
  const log10RankPValue = Math.log10((1 + atLeastAsStrong) / (planned + 1));
  return { drawn: planned, planned, atLeastAsStrong, log10RankPValue };
}
