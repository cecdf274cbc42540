import type { Settings } from '../config.ts';
import { Problem } from '../http/problem.ts';

/** How much a call that samples may ask for. */
export type SampleLimits = Pick<
  Settings,
  'COUNTERMARK_MAX_SEQUENCES' | 'COUNTERMARK_MAX_CANDIDATES' | 'COUNTERMARK_MAX_CONTEXT_TOKENS'
>;

/** Counts what a call asks for as it is read: what exceeds a limit is not looked into. */
export class SampleCount {
  readonly #limits: SampleLimits;
  #tokens = 0;

  /**
   * @param sequences of the call.
   * @throws {Problem} `limit-exceeded` if these are too many.
   */
  constructor(limits: SampleLimits, sequences: number) {
    this.#limits = limits;
    this.#check('sequences', 'COUNTERMARK_MAX_SEQUENCES', sequences);
  }

  /**
   * Counts a sequence.
   *
   * @param candidates of its next token.
   * @param context    token ids before it.
   * @throws {Problem} `limit-exceeded` if these, or those of all sequences so far, are too many.
   */
  add(index: number, candidates: number, context: number): void {
    this.#check(`sequences.${index}.tokenIds`, 'COUNTERMARK_MAX_CANDIDATES', candidates);
    this.#tokens += context;
    this.#check('sequences', 'COUNTERMARK_MAX_CONTEXT_TOKENS', this.#tokens);
  }

  #check(param: string, name: keyof SampleLimits, given: number): void {
    const value = this.#limits[name];
    if (given <= value) return;
    const limit = { name, value };
    throw new Problem('limit-exceeded', `"${param}" has more than the ${value} that ${name} allows`, {
      param,
      limit,
    });
  }
}
