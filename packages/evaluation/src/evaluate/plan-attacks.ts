import type { AttackTools } from '../attacks/attack.ts';
import { ATTACKS, WHOLE_TEXT } from '../attacks/attacks.ts';
import type { AttackPlan } from './evaluate-attacks.ts';

/** Attacks that can be made, and those that cannot. */
export interface AttackPlans {
  readonly plans: readonly AttackPlan[];
  /** Attacks for which something is missing, and what. */
  readonly leftOut: readonly { readonly attack: string; readonly missing: string }[];
}

/** Which attacks, and how strong. */
export interface AttackChoice {
  /** Names of attacks (default: all). */
  readonly attacks?: readonly string[];
  /** Strengths, each 0 … 0.99, for every attack that has degrees (default: each attack's own). */
  readonly strengths?: readonly number[];
}

const STRONGEST = 0.99;

/**
 * Plans attacks, in the order of `ATTACKS`.
 *
 * @param tools what the attacks could use.
 * @throws {RangeError} if an attack is unknown, none is chosen, or a strength is out of range.
 */
export function planAttacks(tools: AttackTools, choice: AttackChoice = {}): AttackPlans {
  const known = ATTACKS.map(({ name }) => name);
  const { attacks = known, strengths } = choice;
  const unknown = attacks.find((name) => !known.includes(name));
  if (unknown !== undefined || attacks.length === 0) {
    throw new RangeError(`"attacks" expected some of ${known.join(', ')}, got "${unknown ?? ''}"`);
  }
  const wrong = strengths?.find((strength) => !(strength >= 0 && strength <= STRONGEST));
  if (wrong !== undefined || strengths?.length === 0) {
    throw new RangeError(`"strengths" expected numbers in 0 … ${STRONGEST}, got ${wrong ?? 'none'}`);
  }
  const chosen = ATTACKS.filter(({ name }) => attacks.includes(name));
  return {
    plans: chosen
      .filter((attack) => attack.missing?.(tools) === undefined)
      .map((attack) => ({
        attack,
        strengths: attack.unit === WHOLE_TEXT ? attack.strengths : (strengths ?? attack.strengths),
      })),
    leftOut: chosen.flatMap((attack) => {
      const missing = attack.missing?.(tools);
      return missing === undefined ? [] : [{ attack: attack.name, missing }];
    }),
  };
}
