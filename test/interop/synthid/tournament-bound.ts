/**
 * A tournament on logits in one precision, with a bound on what rounding did to each probability: running error analysis
 * (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.3).
 */

/** Probabilities `[count]` in doubles, and how far a computation in the given precision may be from the exact ones. */
export interface BoundedProbs {
  readonly probs: readonly number[];
  readonly bounds: readonly number[];
}

/** A floating-point format. */
export interface Precision {
  /** Largest relative error of one operation. */
  readonly unit: number;
  /** The smallest number above 0: the largest error where a result is smaller than all normal ones. */
  readonly smallest: number;
  /** What a function such as exp loses, in units. */
  readonly functionUnits: number;
}

export const DOUBLE: Precision = { unit: 2 ** -53, smallest: 2 ** -1074, functionUnits: 4 };
export const SINGLE: Precision = { unit: 2 ** -24, smallest: 2 ** -149, functionUnits: 4 };

/**
 * @param logits `[count]`, exact.
 * @param bits   `[count]`, digits, one a layer.
 * @param leaves tokens in one match.
 */
export function boundedTournament(
  logits: readonly number[],
  bits: readonly string[],
  leaves: number,
  { unit, smallest, functionUnits }: Precision,
): BoundedProbs {
  const count = logits.length;
  const largest = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - largest));
  const total = sum(weights);
  let probs = weights.map((weight) => weight / total);
  // exp of a rounded difference, a sum of `count` terms, a division.
  let bounds = probs.map((prob, i) =>
    prob === 0
      ? smallest
      : prob * unit * (Math.abs(logits[i]! - largest) + count + functionUnits + 1) + smallest,
  );
  // How far the computed probabilities are from the sum 1.
  let drift = Math.min(sum(bounds), 2 * count * unit);
  for (let layer = 0; layer < (bits[0] ?? '').length; layer++) {
    const isWon = bits.map((digits) => digits[layer] === '1');
    const mean = sum(probs.filter((_, i) => isWon[i]));
    // What the winners have too much, the losers have too little, but for the drift.
    const won = sum(bounds.filter((_, i) => isWon[i]));
    const lost = sum(bounds.filter((_, i) => !isWon[i]));
    const meanError = Math.min(won, lost + drift) + count * unit * (mean + won) + count * smallest;
    const factors = matchFactors(mean, meanError, leaves, unit);
    bounds = probs.map((prob, i) => {
      const { factor, error } = isWon[i] ? factors.won : factors.lost;
      const bound = bounds[i]!;
      return (
        bound * (factor + error) + prob * error + 2 * unit * (prob + bound) * (factor + error) + smallest
      );
    });
    probs = probs.map((prob, i) => prob * (isWon[i] ? factors.won : factors.lost).factor);
    drift += 4 * count * unit;
  }
  return { probs, bounds };
}

interface BoundedFactor {
  readonly factor: number;
  readonly error: number;
}

function matchFactors(
  mean: number,
  meanError: number,
  leaves: number,
  unit: number,
): { won: BoundedFactor; lost: BoundedFactor } {
  if (leaves === 2) {
    return {
      won: { factor: 2 - mean, error: meanError + 2 * unit * (2 - mean + meanError) },
      lost: { factor: Math.max(1 - mean, 0), error: meanError + 2 * unit * (1 - mean + meanError) },
    };
  }
  // Derivatives of (1 − E)^(L − 1) and of (1 − (1 − E)^L) / E = Σ (1 − E)^j are at most L − 1 and L (L − 1) / 2.
  const rest = Math.max(1 - mean, 0);
  const won = mean > 0 ? (1 - rest ** leaves) / mean : leaves;
  const quotient = mean > 2 * meanError ? (2 * (leaves + 2) * unit) / mean : leaves;
  return {
    won: { factor: won, error: ((leaves * (leaves - 1)) / 2) * meanError + quotient },
    lost: { factor: rest ** (leaves - 1), error: (leaves - 1) * meanError + (leaves + 2) * unit },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
