import { serveThread, type WorkClock } from '@countermark/host';
import { openPartFolder } from '../parts/open-part-folder.ts';
import type { PartFolder } from '../parts/part-folder.ts';
import { CORPUS_ERRORS } from './corpus-errors.ts';
import type { OpenShardProgram, ShardProgram } from './shard-program.ts';
import type { ShardSetup, ShardTask } from './shard-task.ts';

/** Runs a program in a thread of a `ShardRunner`: makes shards, and publishes what they become. Called by the module of the thread. */
export function serveShards<Setup extends object, Outcome, Counter extends string>(
  program: ShardProgram<Setup, Outcome, Counter>,
): Promise<void> {
  return serveThread<ShardSetup, ShardTask, Outcome>(async ({ setup, place }) => {
    const folder = openPartFolder(place.location, place.s3);
    const open = await program.open(setup as Setup);
    return {
      answer: (task, clock) => makeOnce(open, program.counters, folder, task, clock),
    };
  }, CORPUS_ERRORS);
}

async function makeOnce<Outcome, Counter extends string>(
  program: OpenShardProgram<Outcome, Counter>,
  counters: readonly Counter[],
  folder: PartFolder,
  { shard, refused, counters: memory }: ShardTask,
  clock: WorkClock,
): Promise<Outcome> {
  const counts = new Float64Array(memory);
  const { bytes, outcome, label } = await program.make(shard, {
    refused,
    at(record) {
      if (record === undefined) clock.end();
      else clock.begin(record);
    },
    count(counter, by) {
      const slot = counters.indexOf(counter);
      counts[slot] = (counts[slot] ?? 0) + by;
    },
  });
  // From here on no record can be blamed. Whoever is first stays: files of one shard are equal.
  clock.end();
  await folder.publish(program.fileOf(shard), bytes, label);
  return outcome;
}
