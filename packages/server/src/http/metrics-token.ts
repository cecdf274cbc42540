import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Settings, SettingsError } from '../config.ts';
import { Problem } from './problem.ts';

const FORM = /^[\x21-\x7e]{16,512}$/;

/** Checks the `Authorization` of who asks for metrics. */
export type MetricsGuard = (authorization: string | undefined) => void;

/**
 * Reads the token that metrics are behind, if they are.
 *
 * @returns what throws {@link Problem} `unauthorized` for whoever does not send it.
 * @throws {SettingsError} if the file cannot be read, or holds no token.
 */
export async function metricsGuard({
  COUNTERMARK_METRICS_TOKEN_FILE: path,
}: Settings): Promise<MetricsGuard> {
  if (path === undefined) return () => undefined;
  const token = (
    await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new SettingsError(`COUNTERMARK_METRICS_TOKEN_FILE: ${path} cannot be read`, { cause });
    })
  ).trim();
  if (!FORM.test(token)) {
    throw new SettingsError(
      `COUNTERMARK_METRICS_TOKEN_FILE: ${path} holds no token: 16 to 512 characters without spaces`,
    );
  }
  const expected = hash(`bearer ${token}`);
  return (authorization = '') => {
    const sent = authorization.replace(/^bearer +/i, 'bearer ');
    if (timingSafeEqual(hash(sent), expected)) return;
    throw new Problem('unauthorized', 'metrics need the token of COUNTERMARK_METRICS_TOKEN_FILE');
  };
}

// The same length whatever is sent, so that the comparison takes the same time.
function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
