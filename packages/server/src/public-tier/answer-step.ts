import { setTimeout as sleep } from 'node:timers/promises';

/** Answers of the public tier come at multiples of this after their question, in ms: how long scoring took tells of slots. */
const STEP_MS = 50;

/**
 * Does work, and waits until the next of the times at which answers come, whether it succeeds or fails.
 *
 * Texts of usual length all take less than one step.
 */
export async function atNextStep<T>(work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    return await work();
  } finally {
    await sleep(STEP_MS - ((performance.now() - started) % STEP_MS));
  }
}
