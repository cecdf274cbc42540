/** What the runner of shards and its threads tell each other. */
import type { RecordFailure } from '../documents/document.ts';
import type { ShardPlace } from './shard-program.ts';

/** What a thread is started with. */
export interface ShardSetup {
  readonly setup: object;
  readonly place: ShardPlace;
}

/** One shard's work. */
export interface ShardTask {
  readonly shard: number;
  readonly refused: readonly RecordFailure[];
  /** Where the thread leaves its counters: Float64Array, in the program's order. */
  readonly counters: SharedArrayBuffer;
}
