/** The program of a worker thread: tokenizes and scores. */
import { workerData } from 'node:worker_threads';
import { TimeIsUp, WorkClock } from '@countermark/corpus/clock';
import { withoutData } from '../http/without-data.ts';
import { doTask } from './do-task.ts';
import { KeyRing } from './key-ring.ts';
import { type Batch, type Outcome, PREPARE_MS, type WorkerSetup } from './task.ts';
import { WorkerTokenizers } from './worker-tokenizers.ts';

/** How long a thread holds a key that nobody asks for. */
const KEY_IDLE_MS = 30_000;

const tokenizers = new WorkerTokenizers(findSetup(workerData));
const keys = new KeyRing();
setInterval(() => keys.forget(KEY_IDLE_MS), KEY_IDLE_MS / 3).unref();

/** Does tasks one after another. Named by the pool. */
export async function work(batch: Batch): Promise<Outcome[]> {
  const clock = new WorkClock(batch.clock);
  for (const key of batch.keys) keys.add(key);
  const outcomes: Outcome[] = [];
  for (const [i, task] of batch.tasks.entries()) {
    clock.begin(i, PREPARE_MS);
    try {
      outcomes.push(await doTask(task, keys, tokenizers, () => clock.begin(i)));
    } catch (error) {
      if (error instanceof TimeIsUp) throw error;
      outcomes.push({ failed: withoutData(error) });
    }
  }
  clock.end();
  return outcomes;
}

// The pool passes its data beside what it needs itself.
function findSetup(data: unknown): WorkerSetup {
  const found: unknown = Array.isArray(data)
    ? data.find((one) => one !== null && 'tokenizerNames' in one)
    : data;
  if (typeof found !== 'object' || found === null || !('tokenizerNames' in found)) {
    throw new TypeError('a worker was started without its setup');
  }
  return found as WorkerSetup;
}
