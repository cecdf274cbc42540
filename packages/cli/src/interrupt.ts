import { Interrupted } from './command-error.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs work that Ctrl-C stops between two of its steps. A second Ctrl-C ends the process at once.
 *
 * @param work receives a signal whose reason is {@link Interrupted}.
 * @throws {Interrupted} also if the work was done before it looked at the signal.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort(new Interrupted());
  for (const name of SIGNALS) process.once(name, interrupt);
  try {
    const result = await work(controller.signal);
    controller.signal.throwIfAborted();
    return result;
  } finally {
    for (const name of SIGNALS) process.off(name, interrupt);
  }
}
