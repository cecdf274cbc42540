import type { Generation } from '@countermark/watermark';
import { Problem } from '../http/problem.ts';

/** A response without a call for so long is forgotten, in ms. */
export const RESPONSE_IDLE_MS = 600_000;

// Each holds a number a step; together some 100 MB.
const MAX_STEPS = 2_000_000;
// What a response costs beside its steps, in steps.
const OVERHEAD_STEPS = 50;

/** A response as a sequence names it. */
interface Begun {
  readonly name: string;
  readonly settings: string;
}

interface Remembered {
  readonly generation: Generation;
  readonly settings: string;
  readonly holdings: Holdings;
  steps: number;
  used: number;
}

/** What one tenant has the server remember. */
interface Holdings {
  readonly tenant: string;
  /** Least recently used first. */
  readonly names: Set<string>;
  steps: number;
}

/**
 * Responses whose used contexts are remembered between calls, the most recently used ones.
 *
 * Room is taken from the tenant that has most of it: whoever has no more than an equal share loses nothing to others.
 *
 * One that is forgotten begins afresh: a context that occurs again may then be marked again, which costs variety and
 * proves nothing: evidence counts a tuple once.
 */
export class RememberedResponses {
  // Least recently used first.
  readonly #responses = new Map<string, Remembered>();
  readonly #tenants = new Map<string, Holdings>();
  #steps = 0;

  /**
   * Checks the responses of a call before any is gone on with: one at fault uses no context of the others.
   *
   * @param asked of each sequence, `[sequences]`; undefined for those that are not remembered.
   * @throws {Problem} `conflict` naming the first that was begun with other settings, before or in this call.
   */
  check(asked: readonly (Begun | undefined)[]): void {
    this.#forgetIdle(performance.now());
    const begun = new Map<string, string>();
    for (const [index, response] of asked.entries()) {
      if (response === undefined) continue;
      const { name, settings } = response;
      const known = this.#responses.get(name)?.settings ?? begun.get(name) ?? settings;
      if (known !== settings) throw otherSettings(`sequences.${index}`);
      begun.set(name, settings);
    }
  }

  /**
   * Returns a response for its next step, or starts it.
   *
   * @param tenant   whose it is.
   * @param name     what names it among all API keys and keys.
   * @param settings account and sampling as text; they stay the same for a whole response.
   * @throws {Problem} `conflict` if it was started with others.
   */
  next(tenant: string, name: string, settings: string, start: () => Generation): Generation {
    const now = performance.now();
    this.#forgetIdle(now);
    const response = this.#responses.get(name) ?? this.#remember(tenant, name, settings, start(), now);
    if (response.settings !== settings) throw otherSettings();
    response.used = now;
    this.#charge(response, 1);
    this.#responses.delete(name);
    this.#responses.set(name, response);
    response.holdings.names.delete(name);
    response.holdings.names.add(name);
    this.#makeRoom(name);
    return response.generation;
  }

  #remember(tenant: string, name: string, settings: string, generation: Generation, now: number): Remembered {
    const holdings = this.#tenants.get(tenant) ?? { tenant, names: new Set(), steps: 0 };
    const response = { generation, settings, holdings, steps: 0, used: now };
    this.#tenants.set(tenant, holdings);
    this.#responses.set(name, response);
    holdings.names.add(name);
    this.#charge(response, OVERHEAD_STEPS);
    return response;
  }

  #charge(response: Remembered, steps: number): void {
    response.steps += steps;
    response.holdings.steps += steps;
    this.#steps += steps;
  }

  #makeRoom(current: string): void {
    while (this.#steps > MAX_STEPS) {
      let victim: string | undefined;
      let most = 0;
      for (const { names, steps } of this.#tenants.values()) {
        const [oldest] = names;
        if (steps <= most || oldest === current) continue;
        victim = oldest;
        most = steps;
      }
      if (victim === undefined) return;
      this.#forget(victim);
    }
  }

  #forgetIdle(now: number): void {
    for (const [name, { used }] of this.#responses) {
      if (now - used < RESPONSE_IDLE_MS) return;
      this.#forget(name);
    }
  }

  #forget(name: string): void {
    const response = this.#responses.get(name);
    if (response === undefined) return;
    this.#charge(response, -response.steps);
    this.#responses.delete(name);
    const { tenant, names } = response.holdings;
    names.delete(name);
    if (names.size === 0) this.#tenants.delete(tenant);
  }
}

function otherSettings(param?: string): Problem {
  return new Problem(
    'conflict',
    'the response was begun with another account, other sampling or another start',
    param === undefined ? {} : { param },
  );
}
