/** The program of a worker thread: tokenizes and scores. */
import { serveThread, TimeIsUp, type WorkClock } from '@countermark/host';
import { withoutData } from '../http/without-data.ts';
import { doTask } from './do-task.ts';
import { KeyRing } from './key-ring.ts';
import { type Batch, type Outcome, PREPARE_MS, type WorkerSetup } from './task.ts';
import { WorkerTokenizers } from './worker-tokenizers.ts';

/** How long a thread holds a key that nobody asks for. */
const KEY_IDLE_MS = 30_000;

await serveThread((setup: WorkerSetup) => {
  const tokenizers = new WorkerTokenizers(setup);
  const keys = new KeyRing();
  setInterval(() => keys.forget(KEY_IDLE_MS), KEY_IDLE_MS / 3).unref();
  return {
    answer: (batch: Batch, clock: WorkClock) => work(batch, clock, keys, tokenizers),
    moved: buffersOf,
  };
});

/** Does tasks one after another. */
async function work(
  batch: Batch,
  clock: WorkClock,
  keys: KeyRing,
  tokenizers: WorkerTokenizers,
): Promise<Outcome[]> {
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
  return outcomes;
}

/** Long answers are moved to the event loop, which has no work with them. */
function buffersOf(outcomes: readonly Outcome[]): ArrayBuffer[] {
  return outcomes.flatMap((outcome) =>
    'answer' in outcome && 'json' in outcome.answer && typeof outcome.answer.json !== 'string'
      ? [outcome.answer.json.buffer]
      : [],
  );
}
