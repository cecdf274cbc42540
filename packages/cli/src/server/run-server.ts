import { type createLogger, type Settings, untilUncaught } from '@countermark/server';
import { ExitCode } from '../exit-code.ts';

/** What serves or works, until it is closed. */
interface Running {
  close(): Promise<void>;
}

/** Waits until the process is told to stop, or an error that nobody caught says that it has to, and closes what runs. */
export async function runUntilStopped(
  running: Running,
  settings: Settings,
  logger: ReturnType<typeof createLogger>,
): Promise<void> {
  const reason = await Promise.race([
    untilTold().then(() => 'told' as const),
    untilUncaught(logger).then(() => 'fault' as const),
  ]);
  if (reason === 'told') return running.close();
  // What the error broke may keep it from ever being closed.
  setTimeout(() => process.exit(ExitCode.internal), 2 * settings.COUNTERMARK_DRAIN_MS);
  try {
    await running.close();
  } finally {
    process.exit(ExitCode.internal);
  }
}

/** Waits until the process is told to stop. */
function untilTold(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
