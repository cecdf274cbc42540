/** Credentials for S3-compatible stores, found where the tools of AWS find them, and new ones before they expire. */

import { homedir } from 'node:os';
import { join } from 'node:path';
import { CorpusError } from '../../errors.ts';
import { containerCredentials, isInContainer } from './container-credentials.ts';
import { instanceCredentials } from './instance-credentials.ts';
import { readProfile } from './profile.ts';

/** What signs requests. Holds secrets: it stays inside the process. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that expire. */
  readonly sessionToken?: string;
  /** Milliseconds since 1970; absent where nobody says. */
  readonly expiresMs?: number;
}

/** Credentials are renewed so long before they expire, or in the last quarter of their time. */
const RENEW_BEFORE_MS = 300_000;
/** Where renewing fails and the old ones still hold, it is tried again after this. */
const TRY_AGAIN_MS = 30_000;

/**
 * Finds credentials: in the environment, else in the profile's files, which are read each time, else those of the container (ECS, EKS pod identity), else those
 * of the machine (EC2). The last two are kept until shortly before they expire.
 *
 * @param expired credentials that a store would not take any more: others are found, or none.
 * @returns undefined where there are none, so that requests go unsigned; or no others.
 * @throws {CorpusError} `unreadable` with reason `denied` if a container has credentials and does not give them.
 */
export async function findCredentials(
  environment: NodeJS.ProcessEnv = process.env,
  expired?: AwsCredentials,
): Promise<AwsCredentials | undefined> {
  const found = atHand(environment) ?? (await sourceOf(environment).current(expired));
  return found !== undefined && expired !== undefined && isSame(found, expired) ? undefined : found;
}

function atHand(environment: NodeJS.ProcessEnv): AwsCredentials | undefined {
  const id = environment['AWS_ACCESS_KEY_ID'];
  const secret = environment['AWS_SECRET_ACCESS_KEY'];
  if (id && secret) return withToken(id, secret, environment['AWS_SESSION_TOKEN']);
  for (const section of profilesOf(environment)) {
    const [own, ownSecret] = [section.get('aws_access_key_id'), section.get('aws_secret_access_key')];
    if (own && ownSecret) return withToken(own, ownSecret, section.get('aws_session_token'));
  }
  return undefined;
}

/** The profile's values in the file of credentials, and in the one of settings, as `aws configure` writes them. */
export function profilesOf(
  environment: NodeJS.ProcessEnv,
): readonly [credentials: ReadonlyMap<string, string>, config: ReadonlyMap<string, string>] {
  const profile = environment['AWS_PROFILE'] || environment['AWS_DEFAULT_PROFILE'] || 'default';
  const home = join(homedir(), '.aws');
  return [
    readProfile(environment['AWS_SHARED_CREDENTIALS_FILE'] || join(home, 'credentials'), [profile]),
    readProfile(environment['AWS_CONFIG_FILE'] || join(home, 'config'), [`profile ${profile}`, profile]),
  ];
}

function withToken(accessKeyId: string, secretAccessKey: string, sessionToken?: string): AwsCredentials {
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

function isSame(a: AwsCredentials, b: AwsCredentials): boolean {
  return a.accessKeyId === b.accessKeyId && a.sessionToken === b.sessionToken;
}

/** A store that refuses what it is not to give does so again and again: no more often than this are other credentials asked for. */
const REFUSED_AGAIN_MS = 1000;

/** Credentials that somebody hands out for a time. */
class RenewedCredentials {
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

// One for all requests of a thread, as long as the environment says the same.
let held: { readonly from: string; readonly source: RenewedCredentials } | undefined;

function sourceOf(environment: NodeJS.ProcessEnv): RenewedCredentials {
  const from = JSON.stringify(
    Object.entries(environment).filter(([name]) => /^AWS_(?:CONTAINER|EC2)_/.test(name)),
  );
  if (held?.from !== from) {
    const ask = isInContainer(environment) ? containerCredentials : instanceCredentials;
    held = { from, source: new RenewedCredentials(() => ask(environment)) };
  }
  return held.source;
}
