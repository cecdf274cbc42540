import type { Logger } from 'pino';

const SWEEP_MS = 600_000;

/** What has rows of a limited time. */
export interface Swept {
  /** Deletes what is kept no longer. */
  sweep(): Promise<void>;
}

/** Deletes old rows at once and then now and then. Returns what stops it. */
export function sweepRegularly(all: readonly Swept[], logger: Logger): () => void {
  const sweepAll = (): void => {
    for (const swept of all) {
      swept
        .sweep()
        .catch((error: Error) => logger.warn({ name: error.name }, 'old rows could not be deleted'));
    }
  };
  sweepAll();
  const timer = setInterval(sweepAll, SWEEP_MS);
  timer.unref();
  return () => clearInterval(timer);
}
