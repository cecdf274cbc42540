import type { Part } from '../parts/part.ts';
import type { PartStore } from '../parts/part-store.ts';

const ENOUGH = new Error('the evidence suffices');

/** Looks at finished shards in their order, and stops a scan whose evidence suffices. */
export class EvidenceWatch {
  readonly #store: PartStore;
  readonly #shards: readonly number[];
  readonly #isEnough: (part: Part) => boolean;
  readonly #stop = new AbortController();
  #next = 0;
  #looking: Promise<void> = Promise.resolve();
  /** How many shards were enough. */
  enough: number | undefined;

  constructor(store: PartStore, shards: readonly number[], isEnough: (part: Part) => boolean) {
    this.#store = store;
    this.#shards = shards;
    this.#isEnough = isEnough;
  }

  /** Aborted where the scan is to end: the evidence suffices, or a part cannot be read. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Whether what a scan ended with is that the evidence suffices. */
  isStopped(error: unknown): boolean {
    return error === ENOUGH;
  }

  /** Looks while nobody waits for it: a part that cannot be read ends the scan with that. */
  lookMeanwhile(): void {
    this.look().catch((error: unknown) => this.#stop.abort(error));
  }

  /** @throws {Error} what a part could not be read for. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#lookOn());
    return this.#looking;
  }

  async #lookOn(): Promise<void> {
    for (;;) {
      const shard = this.#shards[this.#next];
      if (shard === undefined || this.enough !== undefined) return;
      const part = await this.#store.read(shard);
      if (part === undefined) return;
      this.#next++;
      if (this.#isEnough(part)) {
        this.enough = this.#next;
        this.#stop.abort(ENOUGH);
      }
    }
  }
}
