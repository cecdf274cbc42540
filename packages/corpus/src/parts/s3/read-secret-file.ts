import { readFileSync } from 'node:fs';
import { CorpusError } from '../../errors.ts';

/**
 * Reads a secret of one line, without the space around it.
 *
 * @param what what is in the file, for messages: `token of a container`.
 * @throws {CorpusError} `unreadable` if there is none; nothing of the file is repeated.
 */
export function readSecretFile(path: string, what: string): string {
  let secret: string;
  try {
    secret = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new CorpusError('unreadable', `${path}: the file of the ${what} cannot be read`, {
      cause,
      reason: 'denied',
    });
  }
  if (secret !== '' && !/[\r\n]/.test(secret)) return secret;
  throw new CorpusError('unreadable', `${path}: holds no ${what}`, { reason: 'denied' });
}
