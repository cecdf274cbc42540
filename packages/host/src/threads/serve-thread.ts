import { parentPort, workerData } from 'node:worker_threads';
import { type CarriedError, carryError, type ErrorClasses } from './carried-error.ts';
import type { CloseMessage, RequestEnvelope, ThreadMessage } from './messages.ts';
import { CLOCK_BYTES, WorkClock } from './work-clock.ts';

/** A program that is ready. */
export interface ServedProgram<Request extends object, Answer> {
  /** What whoever started the thread learns of it. */
  readonly ready?: unknown;
  /** Answers a request; several may be under way. What it throws is carried across, and leaves the thread as it is. */
  answer(request: Request, clock: WorkClock): Answer | Promise<Answer>;
  /** Lists the buffers of an answer that are moved rather than copied; the program has them no more. */
  moved?(answer: Answer): ArrayBuffer[];
  /** Lets go of what it holds, where the thread is asked to end. */
  close?(): void | Promise<void>;
}

/**
 * Runs a program in the thread that this module was started as: the other side of `ProgramThread`.
 *
 * @param open    makes the program ready, of the setup that the thread was started with.
 * @param classes of errors that keep their class on the way.
 */
export async function serveThread<Setup, Request extends object, Answer>(
  open: (setup: Setup) => ServedProgram<Request, Answer> | Promise<ServedProgram<Request, Answer>>,
  classes: ErrorClasses = {},
): Promise<void> {
  const port = parentPort;
  if (port === null) throw new TypeError('a program of a thread was started without one');
  const send = (message: ThreadMessage, moved: ArrayBuffer[] = []): void => port.postMessage(message, moved);
  let program: ServedProgram<Request, Answer>;
  try {
    program = await open(workerData as Setup);
  } catch (error) {
    send({ unready: carryError(error, classes) });
    return;
  }
  port.on('message', (message: (Request & RequestEnvelope) | CloseMessage) => {
    if ('closes' in message) void close();
    else void answer(message);
  });
  send({ ready: program.ready });

  async function close(): Promise<void> {
    port?.close();
    await program.close?.();
  }

  async function answer({ call, clock: memory, ...request }: Request & RequestEnvelope): Promise<void> {
    let failure: CarriedError;
    try {
      const clock = new WorkClock(memory ?? new SharedArrayBuffer(CLOCK_BYTES));
      // From here on, the call was taken.
      clock.end();
      const given = await program.answer(request as unknown as Request, clock);
      // Either it has ended what it was at, or it was given up and says nothing.
      clock.end();
      if (call !== undefined) send({ call, answer: given }, program.moved?.(given));
      return;
    } catch (error) {
      // Nobody waits, so that nobody would learn of it: the thread ends by it.
      if (call === undefined) throw error;
      failure = carryError(error, classes);
    }
    send({ call, error: failure });
  }
}
