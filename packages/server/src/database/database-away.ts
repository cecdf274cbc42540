import { codeOf } from '@countermark/host/files';
import { ServerError } from '../server-error.ts';

/** For so long what was known of API keys and keys holds while the database is away, in ms. */
export const HOLD_MS = 60_000;

/** Thrown where the database does not answer for now: what was asked may be asked again. */
export class DatabaseAwayError extends ServerError {
  override readonly name = 'DatabaseAwayError';
  override readonly code = 'database-away';
}

/** Thrown where another process changes the tables for too long. */
export class DatabaseBusyError extends ServerError {
  override readonly name = 'DatabaseBusyError';
  override readonly code = 'database-busy';
}

/** Thrown where the database has no room on its disk: nothing is written, and what was is kept. */
export class NoRoomError extends ServerError {
  override readonly name = 'NoRoomError';
  override readonly code = 'no-room';
}

// Of sockets; then of PostgreSQL: shutting down, starting, no room for connections or in memory, on its way to be a replica, or in a circle of waiting.
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
  '57P05',
  '53000',
  '53200',
  '53300',
  '25006',
  '40001',
  '40P01',
]);
/** PostgreSQL's code for a full disk. */
const DISK_FULL = '53100';

/** Returns what to throw for a fault of the database: whether it is away, is full, or refuses what it was asked. */
export function asAway(error: unknown): unknown {
  const code = codeOf(error);
  if (code === DISK_FULL) return new NoRoomError('the database has no room on its disk', { cause: error });
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
