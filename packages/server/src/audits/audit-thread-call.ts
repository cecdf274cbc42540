import { AUDIT_ERRORS } from '@countermark/audit';
import { ProgramThread, programBeside } from '@countermark/host';
import type { Metrics } from '../http/metrics.ts';
import { hasEnded } from '../jobs/event-stream.ts';
import { AuditControl, CONTROL_BYTES } from './audit-control.ts';
import type { AuditProgress } from './audit-request.ts';
import type { Audit, Audits } from './audit-store.ts';
import type { AuditAnswer, AuditCall, AuditSetup } from './open-audit.ts';

/** What watching an audit's thread needs. */
export interface WatchParts {
  readonly audits: Audits;
  readonly metrics: Metrics;
  /** How long answers in flight, which are paid, are waited for where the process stops, in milliseconds. */
  readonly patienceMs: number;
}

const REPORT_MS = 1_000;
/** A thread that has been told to break off what is in flight is ended after so long. */
const BREAK_OFF_MS = 5_000;

/** The thread of an audit, which is told to stop where its process does or nobody wants the audit any more, and tells how far it is. */
export class AuditThread {
  readonly #audit: Audit;
  readonly #parts: WatchParts;
  readonly #signal: AbortSignal;
  readonly #control: AuditControl;
  readonly #thread: ProgramThread<AuditCall, AuditAnswer>;
  readonly #reporting: NodeJS.Timeout;
  readonly #ends: NodeJS.Timeout[] = [];
  #isUnwanted = false;
  #isAsking = false;
  #told = '';
  #requests: number;

  /** @param signal stops the audit. */
  constructor(audit: Audit, setup: Omit<AuditSetup, 'control'>, parts: WatchParts, signal: AbortSignal) {
    const control = new SharedArrayBuffer(CONTROL_BYTES);
    this.#audit = audit;
    this.#parts = parts;
    this.#signal = signal;
    this.#control = new AuditControl(control);
    this.#requests = audit.progress.spent.requests;
    this.#thread = new ProgramThread(
      programBeside(import.meta.url, './audit-thread.js'),
      { ...setup, control },
      AUDIT_ERRORS,
    );
    this.#reporting = setInterval(() => void this.#report(), REPORT_MS);
    signal.addEventListener('abort', this.#stop);
    if (signal.aborted) this.#stop();
  }

  /** Whether it was told to stop because the audit has been cancelled or removed. */
  get isUnwanted(): boolean {
    return this.#isUnwanted;
  }

  /** Has the terms fixed, or the audit run. */
  ask(call: AuditCall): Promise<AuditAnswer> {
    this.#isAsking = call.terms !== undefined;
    return this.#thread.call(call);
  }

  /** How far the audit is; undefined before it has asked. */
  progress(): AuditProgress | undefined {
    const progress = this.#control.progress();
    if (progress === undefined || this.#audit.request.served === undefined) return progress;
    // Of served contexts alone only the whole has a bound.
    return { ...progress, log10EValue: null };
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    clearInterval(this.#reporting);
    this.#countRequests();
    this.#signal.removeEventListener('abort', this.#stop);
    this.#ends.push(setTimeout(() => void this.#thread.end(), BREAK_OFF_MS));
    await this.#thread.close();
    for (const timer of this.#ends) clearTimeout(timer);
  }

  readonly #stop = (): void => {
    // Nobody was asked yet.
    if (!this.#isAsking) return void this.#thread.end();
    this.#control.want('no-more');
    this.#ends.push(setTimeout(() => this.#breakOff(), this.#parts.patienceMs));
  };

  #breakOff(): void {
    this.#control.want('nothing');
    this.#ends.push(setTimeout(() => void this.#thread.end(), BREAK_OFF_MS));
  }

  #countRequests(): void {
    const { requests } = this.progress()?.spent ?? { requests: 0 };
    if (requests <= this.#requests) return;
    this.#parts.metrics.auditRequests.inc(requests - this.#requests);
    this.#requests = requests;
  }

  async #report(): Promise<void> {
    const progress = this.progress();
    const told = JSON.stringify(progress ?? null);
    const { audits } = this.#parts;
    try {
      let isWanted = true;
      if (progress === undefined || told === this.#told) {
        const audit = await audits.find(this.#audit.id);
        isWanted = audit !== undefined && !hasEnded(audit.status);
      } else {
        const isThere = await audits.change(this.#audit.id, async ({ status }) => {
          isWanted = !hasEnded(status);
          return isWanted ? { progress } : undefined;
        });
        isWanted &&= isThere !== undefined;
        this.#told = told;
        this.#countRequests();
      }
      if (isWanted || this.#isUnwanted) return;
      this.#isUnwanted = true;
      // Its result is for nobody.
      if (this.#isAsking) this.#breakOff();
      else void this.#thread.end();
    } catch {
      // The database is away: the journal has all of it.
    }
  }
}
