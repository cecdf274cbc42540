/** What is spent of a budget, by a name. */
interface Spent {
  amount: number;
  readonly ends: number;
}

/** A budget for each name, renewed a fixed time after it was first spent from, by a clock that nobody sets. In memory alone. */
export class WindowBudget {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  // In the order that they end in.
  readonly #spent = new Map<string, Spent>();

  /** @param now milliseconds of a clock. */
  constructor(limit: number, windowMs: number, now: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /** Takes from a budget; what is refused costs nothing, and yields the seconds until there is more. */
  take(name: string, cost: number): number | undefined {
    const now = this.#now();
    for (const [ended, { ends }] of this.#spent) {
      if (ends > now) break;
      this.#spent.delete(ended);
    }
    const spent = this.#spent.get(name) ?? { amount: 0, ends: now + this.#windowMs };
    if (spent.amount + cost > this.#limit) return (spent.ends - now) / 1000;
    spent.amount += cost;
    this.#spent.set(name, spent);
    return undefined;
  }

  /** Gives back what was taken. */
  giveBack(name: string, cost: number): void {
    const spent = this.#spent.get(name);
    if (spent !== undefined) spent.amount -= cost;
  }
}
