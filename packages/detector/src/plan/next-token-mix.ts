import { NEXT_TOKEN_ROWS, type NextTokenRow, TOURNAMENT_BIASES } from '../likelihood/next-token-table.ts';

/** A tournament's marked bits in one class of steps. */
export interface TournamentClass {
  /** Share of the steps. */
  readonly share: number;
  /** P(1) − P(0) of the chosen token's bit in each layer, `[30]`. */
  readonly biases: readonly number[];
}

/** The next-token distributions that a plan assumes. */
export interface NextTokenMix {
  /** Probabilities that sampled tokens had, each > 0, `[n]`. */
  readonly probabilities: readonly number[];
  /** Share of the tokens that had it, `[n]`; they sum to 1, and the mean of −ln probability is the entropy. */
  readonly shares: readonly number[];
  /** The same steps as a tournament sees them; the shares sum to 1. */
  readonly classes: readonly TournamentClass[];
}

// Steps at which the model is certain: all tokens have probability 1, 2^0 on the grid, and bits do not lean.
const CERTAIN: NextTokenRow = {
  setting: 'temperature 0',
  probabilities: [100_000],
  classes: [],
};

/**
 * Returns next-token distributions of a mean entropy.
 *
 * They are those of the bundled model at the two measured settings whose entropies enclose it, in the shares that give it
 * exactly: every text has predictable and open places. Below the lowest setting, a part of the steps is certain.
 *
 * @param entropy nats a token.
 * @throws {RangeError} if it is not in 0 < entropy ≤ that of the highest setting, about 4.95.
 */
export function nextTokenMix(entropy: number): NextTokenMix {
  const rows = [CERTAIN, ...NEXT_TOKEN_ROWS];
  const entropies = rows.map(entropyOf);
  const upper = entropies.findIndex((value) => value >= entropy);
  if (!(entropy > 0) || upper < 1) {
    const most = Math.floor(100 * Math.max(...entropies)) / 100;
    throw new RangeError(`"entropy" expected 0 < entropy <= ${most} nats, got ${entropy}`);
  }
  const [low, high] = [rows[upper - 1]!, rows[upper]!];
  const share = (entropy - entropies[upper - 1]!) / (entropies[upper]! - entropies[upper - 1]!);
  const mixed = (a: number | undefined, b: number | undefined): number =>
    ((1 - share) * (a ?? 0) + share * (b ?? 0)) / 100_000;
  const classes = TOURNAMENT_BIASES.map((biases, k) => ({
    share: mixed(low.classes[k], high.classes[k]),
    biases,
  }));
  const rest = 1 - classes.reduce((sum, each) => sum + each.share, 0);
  return {
    probabilities: high.probabilities.map((_, k) => 2 ** (-k / 4)),
    shares: high.probabilities.map((weight, k) => mixed(low.probabilities[k], weight)),
    classes: [...classes, { share: Math.max(0, rest), biases: TOURNAMENT_BIASES[0]!.map(() => 0) }],
  };
}

function entropyOf({ probabilities }: NextTokenRow): number {
  return probabilities.reduce((sum, weight, k) => sum + (weight * k * Math.LN2) / 4, 0) / 100_000;
}
