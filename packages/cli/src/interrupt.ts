import { Interrupted } from './command-error.ts';
import { ExitCode } from './exit-code.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs work that Ctrl-C stops between two of its steps. A second Ctrl-C ends the process at once.
 *
 * @param work receives a signal whose reason is {@link Interrupted}.
 * @throws {Interrupted} also if the work was done before it looked at the signal.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  // Not `once`: libraries that clean up at a signal end the process where nobody else listens any more.
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(ExitCode.interrupted);
    controller.abort(new Interrupted());
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  try {
    const result = await work(controller.signal);
    controller.signal.throwIfAborted();
    return result;
  } finally {
    for (const name of SIGNALS) process.off(name, interrupt);
  }
}
