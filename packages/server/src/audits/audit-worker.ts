import { AuditError, ContextSetError } from '@countermark/audit';
import { DetectorError } from '@countermark/detector';
import type { Passing } from '@countermark/host';
import { WatermarkError } from '@countermark/watermark';
import type { Logger } from 'pino';
import { type JobGroup, type JobWork, loopOverJobs } from '../jobs/job-loop.ts';
import type { Job } from '../jobs/job-queue.ts';
import { SealError } from '../secrets/seal.ts';
import { type AuditParts, auditJob } from './audit-job.ts';
import { AuditUnfit } from './audit-unfit.ts';

/** Audits of a process at a time: they wait for others most of the time. */
const AT_ONCE = 4;
/** What passes: the endpoint does not answer for now, or another process has not yet noticed that it is taken for dead. */
const PASSING: readonly string[] = ['endpoint-away', 'journal-held'];

/** Runs audits of models until it is stopped. */
export class AuditWorker implements JobWork {
  readonly noun = 'audit';
  readonly #parts: AuditParts & { readonly logger: Logger };
  readonly #stop = new AbortController();
  readonly #loops: readonly Promise<void>[];

  constructor(parts: AuditParts & { readonly logger: Logger }) {
    this.#parts = parts;
    const loop = { ...parts, signal: this.#stop.signal };
    // One audit each: a long one keeps no other waiting.
    this.#loops = Array.from({ length: AT_ONCE }, () => loopOverJobs(['audit'], 1, this, loop));
  }

  /** Asks for nothing more, waits a while for what is in flight, and gives back what it had begun. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
  }

  do({ left }: JobGroup, signal: AbortSignal): Promise<void> {
    return auditJob(left, this.#parts, signal);
  }

  isFinal(error: unknown): error is Error {
    return [AuditError, AuditUnfit, ContextSetError, DetectorError, SealError, WatermarkError].some(
      (kind) => error instanceof kind,
    );
  }

  mayPass(error: unknown): Passing | undefined {
    return error instanceof AuditError && PASSING.includes(error.code) ? {} : undefined;
  }

  problemOf(error: Error): string {
    const details = error instanceof AuditError && !PASSING.includes(error.code) ? error.details : [];
    return [error.message, ...details].join('; ');
  }

  nameOf(_: Job): string {
    return 'the audit';
  }

  async fail(audit: string, left: ReadonlySet<Job>, problem: string): Promise<void> {
    const { audits, queue, directories, logger } = this.#parts;
    const shown = problem.replaceAll(`${directories.of(audit)}/`, '');
    const isFirst = await audits.fail(audit, shown);
    await queue.discard([...left]);
    if (isFirst) logger.info({ audit }, 'an audit failed');
  }
}
