import type { Generation } from '@countermark/watermark';
import { Problem } from '../problem.ts';
import { IDLE_MS } from './marking-keys.ts';

// Each holds a number a step; together some 100 MB.
const MAX_STEPS = 2_000_000;
// What a response costs beside its steps, in steps.
const OVERHEAD_STEPS = 50;

interface Remembered {
  readonly generation: Generation;
  readonly settings: string;
  steps: number;
  used: number;
}

/**
 * Responses whose used contexts are remembered between calls, the most recently used ones.
 *
 * One that is forgotten begins afresh: a context that occurs again may then be marked again, which costs variety and
 * proves nothing: evidence counts a tuple once.
 */
export class RememberedResponses {
  // Least recently used first.
  readonly #responses = new Map<string, Remembered>();
  #steps = 0;

  /**
   * Returns a response for its next step, or starts it.
   *
   * @param name     what names it among all API keys and keys.
   * @param settings account and sampling as text; they stay the same for a whole response.
   * @throws {Problem} `conflict` if it was started with others.
   */
  next(name: string, settings: string, start: () => Generation): Generation {
    const now = performance.now();
    this.#forgetIdle(now);
    let response = this.#responses.get(name);
    if (response === undefined) {
      response = { generation: start(), settings, steps: OVERHEAD_STEPS, used: now };
      this.#steps += OVERHEAD_STEPS;
    } else if (response.settings !== settings) {
      throw new Problem('conflict', 'the response was begun with another account or other sampling');
    }
    response.steps++;
    response.used = now;
    this.#steps++;
    this.#responses.delete(name);
    this.#responses.set(name, response);
    for (const [oldest, { steps }] of this.#responses) {
      if (this.#steps <= MAX_STEPS || oldest === name) break;
      this.#forget(oldest, steps);
    }
    return response.generation;
  }

  #forgetIdle(now: number): void {
    for (const [name, { steps, used }] of this.#responses) {
      if (now - used < IDLE_MS) return;
      this.#forget(name, steps);
    }
  }

  #forget(name: string, steps: number): void {
    this.#responses.delete(name);
    this.#steps -= steps;
  }
}
