import { type Passing, passingOf } from '@countermark/host';
import type { Logger } from 'pino';
import { DatabaseAwayError, NoRoomError } from '../database/database-away.ts';
import { traced } from '../http/tracing.ts';
import { withoutData } from '../http/without-data.ts';
import type { Job, JobKind, JobQueue } from './job-queue.ts';

/** Jobs of one kind that are about the same scan or audit. */
export interface JobGroup {
  readonly kind: JobKind;
  readonly subject: string;
  /** Jobs to do; whoever does one takes it out. */
  readonly left: Set<Job>;
  /** How many groups are at work beside it, with it. */
  readonly groups: number;
}

/** What jobs of some kinds are to whoever does them. */
export interface JobWork {
  /** What they are about, for logs: `scan` or `audit`. */
  readonly noun: string;
  /** Told what a lot of jobs is about, before it is done. */
  begin?(kind: JobKind, subjects: ReadonlySet<string>): Promise<void>;
  /** Does them, and says in the database that they are done. */
  do(group: JobGroup, signal: AbortSignal): Promise<void>;
  /** Whether a failure is of what was asked for, and would be the same each time. */
  isFinal(error: unknown): error is Error;
  /** Whether a failure beside those of the system may pass. */
  mayPass?(error: unknown): Passing | undefined;
  /** Says what a final failure was, for whoever asked (default its message). */
  problemOf?(error: Error): string;
  /** Names a job, for people. */
  nameOf(job: Job): string;
  /** Ends what they are about with a failure, and forgets its jobs. */
  fail(subject: string, left: ReadonlySet<Job>, problem: string): Promise<void>;
}

/** What a loop needs. */
export interface LoopParts {
  readonly queue: JobQueue;
  readonly logger: Logger;
  /** Ends the loop; what it has begun is given back. */
  readonly signal: AbortSignal;
}

/** A job that was begun so often and never came to an end is what ends it. */
const ATTEMPTS = 5;
/** What may pass is waited for so often, which with the queue's waits is about a day. */
const WAITS = 100;

/**
 * Takes jobs of some kinds and has them done, until it is stopped.
 *
 * @param count most jobs of a kind at a time.
 */
export async function loopOverJobs(
  kinds: readonly JobKind[],
  count: number,
  work: JobWork,
  parts: LoopParts,
): Promise<void> {
  const { queue, logger, signal } = parts;
  while (!signal.aborted) {
    let hasWorked = false;
    try {
      for (const kind of kinds) hasWorked = (await round(kind, count, work, parts)) || hasWorked;
    } catch (error) {
      // A loop that ended would leave all of them where they are for ever.
      logger.error(
        { err: withoutData(error) },
        `work on ${work.noun}s could not be begun; it is tried again`,
      );
    }
    if (!hasWorked) await queue.waitForWork(signal);
  }
}

/** Takes jobs of a kind and does them; returns whether there were any. */
async function round(kind: JobKind, count: number, work: JobWork, parts: LoopParts): Promise<boolean> {
  const jobs = await parts.queue.take(kind, count);
  const groups = new Map<string, Job[]>();
  for (const job of jobs) groups.set(job.subject, [...(groups.get(job.subject) ?? []), job]);
  await work.begin?.(kind, new Set(groups.keys()));
  await Promise.all(
    [...groups].map(([subject, group]) =>
      doGroup({ kind, subject, left: new Set(group), groups: groups.size }, work, parts),
    ),
  );
  return jobs.length > 0;
}

/** Does jobs of one kind and subject; never throws. */
async function doGroup(group: JobGroup, work: JobWork, { queue, logger, signal }: LoopParts): Promise<void> {
  const { kind, subject, left } = group;
  const { noun } = work;
  const jobs = [...left];
  const about = { [noun]: subject, kind };
  try {
    try {
      signal.throwIfAborted();
      const worn = jobs.find(({ attempts }) => attempts >= ATTEMPTS);
      if (worn === undefined)
        await queue.withLeases(jobs, () =>
          traced(
            `countermark.${noun === kind ? noun : `${noun}.${kind}`}`,
            { 'countermark.jobs': jobs.length },
            () => work.do(group, signal),
          ),
        );
      else await work.fail(subject, left, `${work.nameOf(worn)} was begun ${ATTEMPTS} times and never ended`);
    } catch (error) {
      const passing = mayPass(error) ?? work.mayPass?.(error);
      const isWorthIt = [...left].every(({ waits = 0 }) => waits < WAITS);
      if (signal.aborted) await queue.giveBack([...left]);
      else if (passing !== undefined && isWorthIt) {
        logger.warn({ ...about, err: withoutData(error) }, `work on ${noun}s waits for what may pass`);
        await queue.putOff([...left], passing.afterMs);
      } else if (work.isFinal(error))
        await work.fail(subject, left, work.problemOf?.(error) ?? error.message);
      else {
        logger.error({ ...about, err: withoutData(error) }, `work on ${noun}s failed; it is tried again`);
        await queue.retry([...left]);
      }
    }
  } catch {
    // The database is away. The leases end by themselves.
    logger.warn(about, `work on ${noun}s was left as it is: the database does not answer`);
  }
}

/** Failures that say nothing of the work: of a source, of the disk, or of the database by PostgreSQL's classes of codes. */
function mayPass(error: unknown): Passing | undefined {
  const passing = passingOf(error);
  if (passing !== undefined) return passing;
  if (error instanceof DatabaseAwayError || error instanceof NoRoomError) return {};
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(?:ENOSPC|EDQUOT|(?:08|40|53|57P)[0-9A-Z]{2,3})$/.test(code) ? {} : undefined;
}
