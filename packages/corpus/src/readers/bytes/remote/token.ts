import { readFileSync } from 'node:fs';
import { CorpusError } from '../../../errors.ts';
import { isGuarded } from '../../../parts/s3/guarded.ts';

/** Names the variables of the environment that hold a bearer token for http(s) addresses, or the path of a file with it. */
const TOKEN_VARIABLES = {
  token: 'COUNTERMARK_SOURCE_TOKEN',
  file: 'COUNTERMARK_SOURCE_TOKEN_FILE',
  origin: 'COUNTERMARK_SOURCE_TOKEN_ORIGIN',
} as const;

/**
 * Returns the bearer token for an address, if there is one for its origin. It is sent over TLS only, or to this machine.
 *
 * @throws {CorpusError} `unreadable` with reason `denied` if the token's file cannot be read.
 */
export function tokenFor(url: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { origin } = new URL(url);
  const wanted = environment[TOKEN_VARIABLES.origin];
  if (wanted === undefined || wanted !== origin) return undefined;
  if (!isGuarded(origin)) return undefined;
  return readToken(environment[TOKEN_VARIABLES.token], environment[TOKEN_VARIABLES.file]);
}

/** Takes a token as it is given, or the first line of a file. */
export function readToken(value: string | undefined, file: string | undefined): string | undefined {
  if (value) return value.trim();
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8').split('\n', 1)[0]?.trim() || undefined;
  } catch (cause) {
    throw new CorpusError('unreadable', `${file}: the file of the token cannot be read`, {
      cause,
      reason: 'denied',
    });
  }
}
