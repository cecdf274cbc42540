import { type createLogger, type Settings, untilUncaught } from '@countermark/server';
import { ExitCode } from '../exit-code.ts';

/** What serves or works, until it is closed. */
interface Running {
  /** Resolves where its database is another's. */
  readonly lost: Promise<void>;
  close(options?: { readonly noticeMs?: number }): Promise<void>;
}

/** Waits until the process is told to stop, or has to: after an error that nobody caught, or as its database is another's. Then closes what runs. */
export async function runUntilStopped(
  running: Running,
  settings: Settings,
  logger: ReturnType<typeof createLogger>,
): Promise<void> {
  const reason = await Promise.race([
    untilTold(),
    untilUncaught(logger).then(() => 'fault' as const),
    running.lost.then(() => 'fault' as const),
  ]);
  // Whoever sends SIGTERM has others to serve; whoever presses Ctrl-C waits.
  if (reason === 'SIGTERM') return running.close({ noticeMs: settings.COUNTERMARK_DRAIN_NOTICE_MS });
  if (reason === 'SIGINT') return running.close();
  // What the error broke may keep it from ever being closed.
  setTimeout(() => process.exit(ExitCode.internal), 2 * settings.COUNTERMARK_DRAIN_MS);
  try {
    await running.close();
  } finally {
    process.exit(ExitCode.internal);
  }
}

/** Waits until the process is told to stop, and says how. */
function untilTold(): Promise<'SIGINT' | 'SIGTERM'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
}
