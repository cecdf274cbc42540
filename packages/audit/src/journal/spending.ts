import type { AuditBudget } from '../terms/audit-terms.ts';

/** Tokens of one request. */
export interface TokenCost {
  /** Tokens that the endpoint reads. */
  readonly input: number;
  /** Tokens that it writes. */
  readonly output: number;
}

/** What an audit has cost so far, with what it may cost at most where that is not known. */
export interface Spent extends TokenCost {
  readonly requests: number;
  /** By the prices given; undefined without. */
  readonly cost: number | undefined;
}

const MILLION = 1_000_000;

/** Keeps an audit within its budget: a request counts by what it may cost at most, from before it is sent until it is known what it did cost. */
export class Spending {
  readonly #budget: AuditBudget;
  readonly #open = new Map<number, TokenCost>();
  #requests = 0;
  #input = 0;
  #output = 0;

  constructor(budget: AuditBudget) {
    this.#budget = budget;
  }

  /** Whether one more request fits, whatever it costs up to a bound. */
  fits({ input, output }: TokenCost): boolean {
    const { requests, tokens = Infinity, cost = Infinity } = this.#budget;
    return (
      this.#requests + 1 <= requests &&
      this.#input + input + this.#output + output <= tokens &&
      (this.#costOf(this.#input + input, this.#output + output) ?? 0) <= cost
    );
  }

  /** Counts a request by its bound. */
  reserve(request: number, { input, output }: TokenCost): void {
    this.#requests++;
    this.#input += input;
    this.#output += output;
    this.#open.set(request, { input, output });
  }

  /** Counts what a request did cost instead of its bound; where nobody knows, the bound stays. */
  settle(request: number, cost: TokenCost | undefined): void {
    const bound = this.#open.get(request);
    if (bound === undefined) return;
    this.#open.delete(request);
    if (cost === undefined) return;
    this.#input += cost.input - bound.input;
    this.#output += cost.output - bound.output;
  }

  /** What was spent so far. */
  spent(): Spent {
    return {
      requests: this.#requests,
      input: this.#input,
      output: this.#output,
      cost: this.#costOf(this.#input, this.#output),
    };
  }

  #costOf(input: number, output: number): number | undefined {
    const { priceInput, priceOutput } = this.#budget;
    if (priceInput === undefined && priceOutput === undefined) return undefined;
    return (input * (priceInput ?? 0) + output * (priceOutput ?? 0)) / MILLION;
  }
}
