/** What comes of requests that are sent for a long time, and how much memory whoever answers them takes meanwhile. */

/** Requests of one kind. */
interface Kind {
  answered: number;
  refused: number;
  readonly ms: number[];
}

/** Counts requests by kind; what is neither a success nor a refusal for now ends the load. */
export class LoadTally {
  readonly #kinds = new Map<string, Kind>();
  readonly #faults: string[] = [];

  /** What was answered wrongly, or not at all. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** Notes something that should not be. */
  fault(what: string): void {
    this.#faults.push(what);
  }

  /**
   * Sends a request and counts it.
   *
   * @returns the answer of a success; undefined where the server was unable for now, after as long as it asked for, two seconds at most.
   */
  async send(kind: string, request: () => Promise<Response>): Promise<unknown> {
    const counted = this.#kinds.get(kind) ?? { answered: 0, refused: 0, ms: [] };
    this.#kinds.set(kind, counted);
    const started = performance.now();
    try {
      const response = await request();
      const text = await response.text();
      if (response.ok) {
        counted.answered++;
        counted.ms.push(performance.now() - started);
        return text === '' ? {} : JSON.parse(text);
      }
      const wait = Number(response.headers.get('retry-after'));
      if (response.status !== 503 || !(wait > 0))
        this.fault(`${kind}: ${response.status} ${text.slice(0, 300)}`);
      counted.refused++;
      await new Promise((resolve) => setTimeout(resolve, 1000 * Math.min(2, wait)));
    } catch (error) {
      this.fault(`${kind}: ${error instanceof Error ? `${error.message} ${String(error.cause)}` : ''}`);
    }
    return undefined;
  }

  /** Returns what came of each kind: numbers, and times of successes in ms. */
  report(): Record<string, { answered: number; refused: number; p50: number; p99: number }> {
    return Object.fromEntries(
      [...this.#kinds].map(([kind, { answered, refused, ms }]) => {
        const sorted = ms.toSorted((a, b) => a - b);
        const at = (share: number): number => Math.round(sorted[Math.floor(share * sorted.length)] ?? 0);
        return [kind, { answered, refused, p50: at(0.5), p99: at(0.99) }];
      }),
    );
  }
}

/**
 * Returns the least of a series in each of its thirds. Memory that is used between two collections says nothing; the least of
 * many samples is what is left after one, on whatever machine.
 */
export function leastOfThirds(series: readonly number[]): Record<'first' | 'middle' | 'last', number> {
  const third = Math.floor(series.length / 3);
  return {
    first: Math.min(...series.slice(0, third)),
    middle: Math.min(...series.slice(third, 2 * third)),
    last: Math.min(...series.slice(2 * third)),
  };
}
