/** Ends a text before the first of some sequences, without showing the beginning of one. */
export class StopSequences {
  readonly #stops: readonly string[];
  #held = '';
  #isReached = false;

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** Whether one has occurred. */
  get isReached(): boolean {
    return this.#isReached;
  }

  /** Takes the next part of the text; returns what can be shown of it. Nothing after a stop. */
  push(text: string): string {
    if (this.#isReached) return '';
    this.#held += text;
    const places = this.#stops.map((stop) => this.#held.indexOf(stop)).filter((place) => place >= 0);
    this.#isReached = places.length > 0;
    return this.#release(this.#isReached ? Math.min(...places) : this.#held.length - this.#beginningLength());
  }

  /** Returns what was held back, at the text's end. */
  end(): string {
    return this.#isReached ? '' : this.#release(this.#held.length);
  }

  #release(length: number): string {
    const shown = this.#held.slice(0, length);
    this.#held = this.#isReached ? '' : this.#held.slice(length);
    return shown;
  }

  /** Length of the longest beginning of a stop that the text ends with. */
  #beginningLength(): number {
    const held = this.#held;
    const longest = Math.max(0, ...this.#stops.map((stop) => stop.length - 1));
    for (let length = Math.min(longest, held.length); length > 0; length--) {
      const end = held.slice(held.length - length);
      if (this.#stops.some((stop) => stop.startsWith(end))) return length;
    }
    return 0;
  }
}
