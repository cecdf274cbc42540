import { type CallOptions, type ProgramThread, ThreadDied } from './program-thread.ts';
import { CLOCK_BYTES, monotonicMs, Watchdog } from './work-clock.ts';

/** A piece of work took too long, and its thread was ended. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
  /** The piece whose time was up. */
  readonly piece: number;

  constructor(piece: number) {
    super('a piece of work took too long');
    this.piece = piece;
  }
}

/** How long what may take. */
export interface TimeLimits {
  /** A piece of work, in milliseconds, where the program says nothing else (default: as long as it takes). */
  readonly limitMs?: number;
  /** The time before the thread takes the call, in milliseconds (default: as long as it takes); {@link TimedOut} then blames piece 0. */
  readonly startMs?: number;
}

/** How a call is made, and watched. */
export interface WatchedOptions extends Omit<CallOptions, 'clock'>, TimeLimits {
  /** Ends the thread with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Looks at least so often whether a piece of work was begun, in milliseconds. */
const MOST_WAIT_MS = 60_000;

/**
 * Asks a thread, and ends it where a piece of work takes too long or a signal says so: the call fails at once then, and does not wait for
 * the thread's end.
 *
 * @throws {TimedOut} naming the piece whose time was up, as it was noted in that moment; the thread does not end that piece.
 * @throws {ThreadDied} naming the piece that the thread was at, if it was at one.
 * @throws the signal's reason; what the program throws, or could not start for.
 */
export function watchedCall<Request extends object, Answer>(
  thread: ProgramThread<Request, Answer>,
  request: Request,
  { limitMs = Number.POSITIVE_INFINITY, startMs = Number.POSITIVE_INFINITY, signal, ...more }: WatchedOptions,
): Promise<Answer> {
  const clock = new SharedArrayBuffer(CLOCK_BYTES);
  const watchdog = new Watchdog(clock, limitMs);
  const latest = monotonicMs() + startMs;
  let timer: NodeJS.Timeout | undefined;
  return new Promise<Answer>((resolve, reject) => {
    const giveUp = (reason: unknown): void => {
      reject(reason);
      void thread.end();
    };
    const onAbort = (): void => giveUp(signal?.reason);
    const look = (): void => {
      const now = monotonicMs();
      let end: number | undefined;
      if (watchdog.hasBegun) end = watchdog.look(now);
      else if (now < latest || !watchdog.blameStart(0)) end = latest;
      if (watchdog.blamed !== undefined) {
        giveUp(new TimedOut(watchdog.blamed));
        return;
      }
      // While it starts, or is between two pieces, measuring may begin at any time.
      const wait = Math.min(limitMs, (end ?? Number.POSITIVE_INFINITY) - now, MOST_WAIT_MS);
      timer = setTimeout(look, Math.max(1, Math.ceil(wait)));
    };
    if (signal?.aborted) {
      onAbort();
      return;
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    if (limitMs < Number.POSITIVE_INFINITY || startMs < Number.POSITIVE_INFINITY) look();
    thread
      .call(request, { ...more, clock })
      .then(resolve, (error: unknown) => reject(blame(error, watchdog)))
      .finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      });
  }).finally(() => clearTimeout(timer));
}

function blame(error: unknown, { blamed, hasBegun, piece }: Watchdog): unknown {
  if (blamed !== undefined) return new TimedOut(blamed);
  if (!(error instanceof ThreadDied)) return error;
  return new ThreadDied({ cause: error.cause, wasTaken: hasBegun, piece });
}
