import { codeOf } from '@countermark/host/files';
import { ServerError } from '../server-error.ts';

/** For so long what was known of API keys and keys holds while the database is away, in ms. */
export const HOLD_MS = 60_000;

/** Thrown where the database does not answer for now: what was asked may be asked again. */
export class DatabaseAwayError extends ServerError {
  override readonly name = 'DatabaseAwayError';
  override readonly code = 'database-away';
}

// Of sockets; then of PostgreSQL: shutting down, starting, no room for connections or on its disk.
const CODES = new Set([
  'ECONNREFUSED',
  // A Unix socket that is gone.
  'ENOENT',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  '57P01',
  '57P02',
  '57P03',
  '53100',
  '53300',
]);

/** Returns what to throw for a fault of the database: whether it is away, or refuses what it was asked. */
export function asAway(error: unknown): unknown {
  const code = codeOf(error);
  const isConnection = code.startsWith('08') || CODES.has(code);
  // What the client says itself has no code.
  const isClients =
    error instanceof Error &&
    code === '' &&
    /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/.test(
      error.message,
    );
  if (!isConnection && !isClients) return error;
  return new DatabaseAwayError('the database does not answer', { cause: error });
}
