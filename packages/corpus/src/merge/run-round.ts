import { programBeside, ThreadPool } from '@countermark/host';
import { beginAhead } from '../readers/begin-ahead.ts';
import { CORPUS_ERRORS } from '../shards/corpus-errors.ts';
import type { DocumentTallies } from './document-tallies.ts';
import { type FirstResult, type FirstTask, firstRound, type PartsOfScan } from './first-round.ts';
import { type FirstFindings, type SecondResult, SecondRound, type SecondTask } from './second-round.ts';

/** What a thread that merges is started with: the second round has what the first found. */
export interface RoundSetup {
  readonly scan: PartsOfScan;
  readonly findings?: FirstFindings;
}

/** A stretch of parts, of either round. */
export type RoundTask = FirstTask | SecondTask;

/** Opens a round in this thread. */
export function openRound({
  scan,
  findings,
}: RoundSetup): (task: RoundTask) => Promise<FirstResult<DocumentTallies> | SecondResult> {
  if (findings === undefined) return (task) => firstRound(task as FirstTask, scan);
  const round = new SecondRound(scan, findings);
  return (task) => round.run(task as SecondTask);
}

/**
 * Goes through parts for the first time.
 *
 * @param threads integer ≥ 1; one is this thread.
 * @param take    what a stretch of parts becomes, in their order, whichever thread was first.
 * @throws what a stretch failed with, the first in their order.
 */
export function runFirstRound(
  setup: { readonly scan: PartsOfScan },
  tasks: readonly FirstTask[],
  threads: number,
  take: (result: FirstResult) => void,
): Promise<void> {
  return runRound<FirstTask, FirstResult>(setup, tasks, threads, take);
}

/** Goes through parts for the second time, as {@link runFirstRound} does for the first. */
export function runSecondRound(
  setup: Required<RoundSetup>,
  tasks: readonly SecondTask[],
  threads: number,
  take: (result: SecondResult) => Promise<void>,
): Promise<void> {
  return runRound<SecondTask, SecondResult>(setup, tasks, threads, take);
}

async function runRound<Task extends RoundTask, Result>(
  setup: RoundSetup,
  tasks: readonly Task[],
  threads: number,
  take: (result: Result) => void | Promise<void>,
): Promise<void> {
  if (Math.min(threads, tasks.length) < 2) {
    const round = openRound(setup);
    for (const task of tasks) await take((await round(task)) as Result);
    return;
  }
  const pool = new ThreadPool<Task, Result>(programBeside(import.meta.url, './merge-worker.js'), setup, {
    threads,
    classes: CORPUS_ERRORS,
  });
  try {
    // A thread that is done goes on while others are not; what is done waits here for its turn.
    const next = beginAhead(tasks, 2 * threads, (task) => pool.run(task));
    for (const _ of tasks) await take(await next());
  } finally {
    await pool.close();
  }
}
