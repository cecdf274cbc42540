import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobEvent } from './job-events.ts';

const POLL_MS = 300;
const KEEP_ALIVE_MS = 15_000;
/** The statuses of work that is over. */
const ENDS = ['done', 'failed', 'cancelled'] as const;

/** A status of work that is over. */
export type EndStatus = (typeof ENDS)[number];

/** Whether work of a status is over. */
export function hasEnded(status: string): status is EndStatus {
  return (ENDS as readonly string[]).includes(status);
}

/** Work whose events are followed: a scan or an audit. */
export interface Followed {
  /** Lists what happened after an event. */
  events(after: number): Promise<readonly JobEvent[]>;
  /** Whether it is still there. */
  isThere(): Promise<boolean>;
}

/**
 * Streams what happens to work as server-sent events, and ends with it.
 *
 * Events come from the database, whichever process they happened in.
 *
 * @param after  number of the last event that the client has.
 * @param signal ends the stream: the client has gone, or the server stops.
 */
export function eventStream(work: Followed, after: number, signal: AbortSignal): Readable {
  return Readable.from(lines(work, after, signal), { objectMode: false });
}

async function* lines(work: Followed, after: number, signal: AbortSignal): AsyncGenerator<string> {
  // Clients learn at once that they are connected, and how long to wait before they are again.
  yield 'retry: 2000\n\n';
  let last = after;
  let quietSince = performance.now();
  while (!signal.aborted) {
    const events = await work.events(last);
    for (const event of events) {
      last = event.number;
      yield `id: ${event.number}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`;
    }
    if (events.some(isLast)) return;
    if (events.length > 0) quietSince = performance.now();
    else if (signal.aborted || !(await work.isThere())) return;
    if (performance.now() - quietSince >= KEEP_ALIVE_MS) {
      quietSince = performance.now();
      yield ': still here\n\n';
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

function isLast({ type, data }: JobEvent): boolean {
  return type === 'status' && hasEnded((data as { status: string }).status);
}
