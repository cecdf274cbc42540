/** Somebody who asks the public tier of a server, from addresses of which each has a client's budget for an hour. */
import { Detector } from '@countermark/detector';
import type { WatermarkKey } from '@countermark/watermark';
import type { Answer, Served } from './detection-server.ts';

/** Ids that stand for a text. */
export type Ids = readonly number[];

/** An attacker with the questions that were answered so far. */
export class PublicAttacker {
  /** Questions that were answered. */
  asked = 0;
  /** Questions that were refused because they repeat too much. */
  refused = 0;
  readonly #served: Served;
  readonly #key: WatermarkKey;
  readonly #number: number;
  #hour = 0;

  /** @param number of the attacker: two have no address in common. */
  constructor(served: Served, key: WatermarkKey, number: number) {
    this.#served = served;
    this.#key = key;
    this.#number = number;
  }

  /**
   * Asks about a text; from another address where the budget of this one is spent, which stands for another hour.
   *
   * @returns undefined where the question is refused because it repeats too much.
   */
  async ask(tokenIds: Ids): Promise<Answer['json'] | undefined> {
    const body = { tokenIds, keyIds: [this.#key.keyId] };
    const from = `10.${this.#number}.0.${this.#hour + 1}`;
    const { status, json } = await this.#served.detect(body, undefined, from);
    if (status === 200) {
      this.asked++;
      return json;
    }
    const { name } = json['limit'] as { name: string };
    if (status !== 429) throw new Error(`the status was ${status}`);
    if (name === 'COUNTERMARK_PUBLIC_SIMILAR') {
      this.refused++;
      return undefined;
    }
    this.#hour++;
    return this.ask(tokenIds);
  }

  /** Hours of one client that the questions took. */
  get hours(): number {
    return this.#hour + 1;
  }
}

/** Returns log10 of a text's p-value under a key: what the attacker is never told. */
export function evidenceIn(key: WatermarkKey, tokenIds: Ids): number {
  const detector = new Detector([key]);
  const { log10PValue } = detector.detect(tokenIds);
  detector.close();
  return log10PValue;
}

/** Returns the middle of values, the lower one of two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
