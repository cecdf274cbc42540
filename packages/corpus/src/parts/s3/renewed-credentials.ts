import { CorpusError } from '../../errors.ts';
import type { AwsCredentials } from './handed-out.ts';

/** Credentials are renewed so long before they expire, or in the last quarter of their time. */
const RENEW_BEFORE_MS = 300_000;
/** Where renewing fails and the old ones still hold, it is tried again after this. */
const TRY_AGAIN_MS = 30_000;
/** A store that refuses what it is not to give does so again and again: no more often than this are other credentials asked for. */
const REFUSED_AGAIN_MS = 1000;

/** Whether two are the same credentials. */
export function isSame(a: AwsCredentials, b: AwsCredentials): boolean {
  return a.accessKeyId === b.accessKeyId && a.sessionToken === b.sessionToken;
}

/** Credentials that somebody hands out for a time: new ones are asked for shortly before they expire, or where a store does not take them any more. */
export class RenewedCredentials {
  readonly #ask: () => Promise<AwsCredentials | undefined>;
  #held: AwsCredentials | undefined;
  #renewMs = Number.NEGATIVE_INFINITY;
  #askedMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(ask: () => Promise<AwsCredentials | undefined>) {
    this.#ask = ask;
  }

  async current(expired: AwsCredentials | undefined): Promise<AwsCredentials | undefined> {
    const held = this.#held;
    const isOld = held !== undefined && expired !== undefined && isSame(held, expired);
    // Those that were just handed out are not what the store refuses.
    const isRefused = isOld && Date.now() >= this.#askedMs + REFUSED_AGAIN_MS;
    if (!isRefused && Date.now() < this.#renewMs) return held;
    // All who come meanwhile wait for one answer.
    this.#asking ??= this.#renew().finally(() => {
      this.#asking = undefined;
    });
    try {
      await this.#asking;
    } catch (error) {
      if (held === undefined || isRefused || Date.now() >= (held.expiresMs ?? 0)) throw error;
      this.#renewMs = Math.min(held.expiresMs ?? 0, Date.now() + TRY_AGAIN_MS);
    }
    return this.#held;
  }

  async #renew(): Promise<void> {
    const found = await this.#ask();
    const now = Date.now();
    // Who had credentials does not become anybody.
    if (found === undefined && this.#held !== undefined)
      throw new CorpusError('unreadable', 'the credentials have expired, and nobody gives new ones', {
        passing: {},
        reason: 'denied',
      });
    this.#askedMs = now;
    this.#held = found;
    const expiresMs = found?.expiresMs;
    // Who says nothing once is not asked again: there are no machines that get a role later, and requests would wait for it.
    this.#renewMs =
      expiresMs === undefined
        ? Number.POSITIVE_INFINITY
        : expiresMs - Math.min(RENEW_BEFORE_MS, Math.max(0, expiresMs - now) / 4);
  }
}
