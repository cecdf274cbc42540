import type { EndpointProgress } from '@countermark/audit';
import type { AuditProgress } from './audit-request.ts';

/** Bytes of what an audit's thread and whoever started it share. */
export const CONTROL_BYTES = 64;

/** What the thread is told: to go on, to ask for nothing more, or to break off what is in flight as well. */
export type Wanted = 'all' | 'no-more' | 'nothing';
const WANTED: readonly Wanted[] = ['all', 'no-more', 'nothing'];

/** Elements of a Float64Array. */
const WISH = 0;
const ANSWERS = 1;
const SETTLED = 2;
const REQUESTS = 3;
const INPUT = 4;
const OUTPUT = 5;
const COST = 6;
const E_VALUE = 7;

/** How far an audit is, and whether it is wanted, in memory that two threads share: written on one side, read on the other. */
export class AuditControl {
  readonly #numbers: Float64Array;

  /** @param memory `[CONTROL_BYTES]`, zero at first. */
  constructor(memory: SharedArrayBuffer) {
    this.#numbers = new Float64Array(memory);
  }

  get wanted(): Wanted {
    return WANTED[this.#numbers[WISH] ?? 0] ?? 'all';
  }

  /** Wants less than before, never more. */
  want(wanted: Wanted): void {
    this.#numbers[WISH] = Math.max(this.#numbers[WISH] ?? 0, WANTED.indexOf(wanted));
  }

  /** Says how far the audit is. */
  tell({ answers, settled, spent, log10EValue }: EndpointProgress): void {
    const { requests, input, output, cost = Number.NaN } = spent;
    this.#numbers.set([answers, settled, requests, input, output, cost, log10EValue], ANSWERS);
  }

  /** Returns how far the audit is; undefined before it has asked. */
  progress(): AuditProgress | undefined {
    const at = (i: number): number => this.#numbers[i] ?? 0;
    if (at(ANSWERS) === 0) return undefined;
    const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
    return {
      answers: at(ANSWERS),
      settled: at(SETTLED),
      spent: { requests: at(REQUESTS), input: at(INPUT), output: at(OUTPUT), cost: finite(at(COST)) },
      log10EValue: finite(at(E_VALUE)),
    };
  }
}
