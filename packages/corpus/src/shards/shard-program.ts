/**
 * What is done with every shard of a plan: one shard in, the bytes of one file out, published once. Scanning is such a program; the runner
 * of shards knows nothing of it.
 */
import type { ThreadProgram } from '@countermark/host';
import type { RecordFailure } from '../documents/document.ts';
import type { S3Access } from '../parts/s3/s3-access.ts';

/** A program as its threads have it. */
export interface ShardProgram<Setup, Outcome, Counter extends string> {
  /** What it counts while it is at a shard. */
  readonly counters: readonly Counter[];
  /** Reads what all shards have in common. */
  open(setup: Setup): Promise<OpenShardProgram<Outcome, Counter>>;
}

/** A program that is ready for shards. */
export interface OpenShardProgram<Outcome, Counter extends string> {
  /** Name of the file that a shard becomes. */
  fileOf(shard: number): string;
  /**
   * Makes the file of a shard. The same shard, less the same refused records, gives the same bytes, wherever and whenever it is made.
   *
   * @throws what ends the whole run.
   */
  make(shard: number, context: ShardContext<Counter>): Promise<MadeShard<Outcome>>;
}

/** What a shard came to. */
export interface MadeShard<Outcome> {
  readonly bytes: Uint8Array;
  /** What whoever runs the program is told once the bytes are published. */
  readonly outcome: Outcome;
  /** What the store keeps beside the bytes, to tell later what they are without reading them: see `PartFolder.publish`. */
  readonly label?: string;
}

/** What a program is told of a shard, and tells of it. */
export interface ShardContext<Counter extends string> {
  /** Records that stopped an earlier attempt: they are left out, and reported as these say. */
  readonly refused: readonly RecordFailure[];
  /** Says which record it is at, from which its time counts; none (undefined) between two. */
  at(record: number | undefined): void;
  /** Adds to a counter. */
  count(counter: Counter, by: number): void;
}

/** A program as whoever runs it names it. Stays inside the process: the setup may hold secrets. */
export interface ShardWork<Counter extends string> {
  /** The module that calls `serveShards` with the program. */
  readonly program: ThreadProgram;
  /** As the program has them. */
  readonly counters: readonly Counter[];
  readonly setup: object;
  readonly place: ShardPlace;
}

/** Where the files of shards go. */
export interface ShardPlace {
  /** A directory that is there, or `s3://bucket/prefix`. */
  readonly location: string;
  /** How stores are reached; needed for `s3://` only. */
  readonly s3?: S3Access;
}
