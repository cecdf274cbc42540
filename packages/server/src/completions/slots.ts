import { Problem, serverIsStopping } from '../http/problem.ts';

/** Lets a few work at a time and some wait, first come first served. */
export class Slots {
  readonly #size: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;
  #isClosed = false;
  #onIdle: (() => void) | undefined;

  /**
   * @param size       how many work at a time.
   * @param maxWaiting how many wait; more are refused.
   */
  constructor(size: number, maxWaiting: number) {
    this.#size = size;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Waits for a slot; give it back once with what is returned.
   *
   * @throws {Problem} `overloaded` if too many wait or the server stops, `cancelled` if the signal is aborted meanwhile.
   */
  async take(signal: AbortSignal): Promise<() => void> {
    if (this.#isClosed) throw serverIsStopping();
    if (signal.aborted) throw new Problem('cancelled', 'the client went away');
    if (this.#taken < this.#size) this.#taken++;
    else if (this.#waiting.length >= this.#maxWaiting) {
      throw new Problem('overloaded', 'too many completions wait', { retryAfter: 5 });
    } else await this.#wait(signal);
    return () => this.#giveBack();
  }

  /** Takes no more, and waits until all slots are free. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#taken === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(new Problem('cancelled', 'the client went away'));
      };
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      this.#waiting.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  // The slot goes to whoever waits longest.
  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next();
    else if (--this.#taken === 0) this.#onIdle?.();
  }
}
