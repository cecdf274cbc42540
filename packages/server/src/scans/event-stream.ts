import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded, type ScanEvent, type ScanStatus, type Scans } from './scan-store.ts';

const POLL_MS = 300;
const KEEP_ALIVE_MS = 15_000;

/**
 * Streams what happens to a scan as server-sent events, and ends with it.
 *
 * Events come from the database, whichever process they happened in.
 *
 * @param after  number of the last event that the client has.
 * @param signal ends the stream: the client has gone, or the server stops.
 */
export function eventStream(scans: Scans, id: string, after: number, signal: AbortSignal): Readable {
  return Readable.from(lines(scans, id, after, signal), { objectMode: false });
}

async function* lines(scans: Scans, id: string, after: number, signal: AbortSignal): AsyncGenerator<string> {
  // Clients learn at once that they are connected, and how long to wait before they are again.
  yield 'retry: 2000\n\n';
  let last = after;
  let quietSince = performance.now();
  while (!signal.aborted) {
    const events = await scans.events(id, last);
    for (const event of events) {
      last = event.number;
      yield `id: ${event.number}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`;
    }
    if (events.some(isLast)) return;
    if (events.length > 0) quietSince = performance.now();
    else if (signal.aborted || (await scans.find(id)) === undefined) return;
    if (performance.now() - quietSince >= KEEP_ALIVE_MS) {
      quietSince = performance.now();
      yield ': still here\n\n';
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

function isLast({ type, data }: ScanEvent): boolean {
  return type === 'status' && hasEnded((data as { status: ScanStatus }).status);
}
