import { setTimeout as sleep } from 'node:timers/promises';
import { Patience } from '@countermark/host';
import { AuditError } from '../audit-error.ts';
import type { Journal } from '../journal/journal.ts';
import type { TokenCost } from '../journal/spending.ts';
import { EndpointError } from './endpoint-error.ts';
import type { SuspectAnswer } from './endpoint-form.ts';

/** How answers are asked for. */
export interface AskOptions {
  /** Number of answers. */
  readonly answers: number;
  readonly concurrency: number;
  /** Asks for one answer, once. Throws an {@link EndpointError}. */
  readonly ask: (answer: number) => Promise<SuspectAnswer>;
  /** What a request for an answer may cost at most. */
  readonly bound: (answer: number) => TokenCost;
  /** Whether an answer can be used at all, though it is one: a reason if not. Asked of the first. */
  readonly unusable: (answer: SuspectAnswer) => string | undefined;
  /** Told after each answer that was written or given up. @returns whether nothing more is to be asked. */
  readonly settled: () => Promise<boolean>;
  /** Ends the asking with its reason; what is in flight is waited for, since it is paid. */
  readonly signal?: AbortSignal | undefined;
  /** What is waited before the second attempt, in milliseconds (default 500). */
  readonly firstWaitMs?: number;
}

/** So often is one answer asked for. */
const ATTEMPTS = 8;
const FIRST_WAIT_MS = 500;
/** So many answers in a row that cannot be had are no fault of their own. */
const MOST_UNANSWERED = 8;

/** An answer that could not be had. */
interface Unanswered {
  readonly answer: number;
  readonly error: EndpointError;
}

/** Asks for the answers that a journal lacks, several at once, within its budget. */
export class Asking {
  readonly #journal: Journal;
  readonly #options: AskOptions;
  readonly #ending = new AbortController();
  /** Of those that wait for the budget: told whenever a request is over. */
  #waiting: (() => void)[] = [];
  #inFlight = 0;
  #next = 0;
  #quietUntil = 0;
  #isSpent = false;
  #isStopped = false;
  #unanswered: Unanswered[] = [];

  constructor(journal: Journal, options: AskOptions) {
    this.#journal = journal;
    this.#options = options;
  }

  /**
   * Asks until all is answered, the budget is spent, or it is told to stop.
   *
   * @returns how it ended.
   * @throws {AuditError} `endpoint-refused` or `endpoint-away`: the journal goes on.
   */
  async run(): Promise<'complete' | 'budget' | 'e-value'> {
    // One alone until there is an answer: what is wrong with all of them is found at one's cost.
    while (this.#journal.answers === 0 && (await this.#step())) {}
    const { concurrency } = this.#options;
    const all = await Promise.allSettled(Array.from({ length: concurrency }, () => this.#work()));
    const fault = all.find((one) => one.status === 'rejected');
    if (fault !== undefined) throw fault.reason;
    this.#options.signal?.throwIfAborted();
    if (this.#isStopped) return 'e-value';
    await this.#concludeUnanswered();
    return this.#isSpent ? 'budget' : 'complete';
  }

  async #work(): Promise<void> {
    try {
      while (await this.#step()) {}
    } catch (error) {
      // The others end too, each after what it has in flight.
      this.#ending.abort(error);
      throw error;
    }
  }

  /** Asks for one answer. Returns whether there may be more to ask for. */
  async #step(): Promise<boolean> {
    const { answers, signal } = this.#options;
    signal?.throwIfAborted();
    if (this.#isStopped || this.#isSpent || this.#ending.signal.aborted) return false;
    while (this.#next < answers && this.#journal.isSettled(this.#next)) this.#next++;
    if (this.#next >= answers) return false;
    await this.#settle(this.#next++);
    return true;
  }

  async #settle(answer: number): Promise<void> {
    const { signal, firstWaitMs = FIRST_WAIT_MS } = this.#options;
    const ending =
      signal === undefined ? this.#ending.signal : AbortSignal.any([signal, this.#ending.signal]);
    const patience = new Patience({ attempts: ATTEMPTS, firstWaitMs, signal: ending });
    for (;;) {
      if (ending.aborted || this.#isStopped) return;
      await this.#keepQuiet(ending);
      const error = await this.#attempt(answer);
      if (error === undefined) return;
      if (error.scope === 'audit') throw refused(error);
      if (error.scope === 'answer') return this.#leave(answer, error);
      this.#quietUntil = Math.max(this.#quietUntil, Date.now() + (error.passing?.afterMs ?? 0));
      try {
        await patience.wait(error);
      } catch (last) {
        if (ending.aborted) return;
        if (!(last instanceof EndpointError)) throw last;
        return this.#leave(answer, last);
      }
    }
  }

  // An endpoint that asks to be left alone means all of us.
  async #keepQuiet(signal: AbortSignal): Promise<void> {
    const waitMs = this.#quietUntil - Date.now();
    if (waitMs > 0 && waitMs <= MOST_QUIET_MS)
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }

  /** Sends one request, if the budget has room for it. Returns how it failed, if it did. */
  async #attempt(answer: number): Promise<EndpointError | undefined> {
    const bound = this.#options.bound(answer);
    while (!this.#journal.fits(bound)) {
      // What is in flight may cost less than its bound.
      this.#isSpent ||= this.#inFlight === 0;
      if (this.#isSpent) return undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#isStopped || this.#ending.signal.aborted) return undefined;
    this.#options.signal?.throwIfAborted();
    // From the look at the budget to here nothing is waited for, and `ask` counts at once.
    this.#inFlight++;
    try {
      const request = await this.#journal.ask(answer, bound);
      try {
        await this.#keep(answer, request, await this.#options.ask(answer), bound);
      } catch (error) {
        if (!(error instanceof EndpointError)) throw error;
        await this.#journal.failed(request, answer, error.message, error.cost);
        return error;
      }
    } finally {
      this.#inFlight--;
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
    await this.#giveUpUnanswered();
    this.#isStopped ||= await this.#options.settled();
    return undefined;
  }

  async #keep(answer: number, request: number, found: SuspectAnswer, bound: TokenCost): Promise<void> {
    const { record, isRefusal, model, finish, usage } = found;
    const { input, output } = usage ?? bound;
    const why = this.#journal.answers === 0 ? this.#options.unusable(found) : undefined;
    if (why !== undefined) throw new EndpointError('audit', why, { cost: { input, output } });
    await this.#journal.answer({
      request,
      answer,
      input,
      output,
      ...(model === undefined ? {} : { model }),
      ...(finish === undefined ? {} : { finish }),
      isRefusal,
      record,
    });
  }

  /** Leaves an answer that cannot be had, for now: others will show whether that is its own fault. */
  async #leave(answer: number, error: EndpointError): Promise<void> {
    // Nothing has been answered so far: the fault is not this prompt's.
    if (this.#journal.answers === 0) throw error.scope === 'answer' ? refused(error) : away(error);
    this.#unanswered.push({ answer, error });
    if (this.#unanswered.length >= Math.max(MOST_UNANSWERED, this.#options.concurrency)) {
      throw error.scope === 'answer' ? refused(error) : away(error);
    }
  }

  async #giveUpUnanswered(): Promise<void> {
    for (const { answer, error } of this.#unanswered.splice(0))
      await this.#journal.giveUp(answer, error.message);
  }

  // The last ones, after which nothing was answered any more.
  async #concludeUnanswered(): Promise<void> {
    const passing = this.#unanswered.find(({ error }) => error.scope === 'moment');
    if (passing !== undefined && !this.#isSpent) throw away(passing.error);
    await this.#giveUpUnanswered();
    await this.#options.settled();
  }
}

/** Who asks to be left alone for longer is asked again all the same; it may refuse again. */
const MOST_QUIET_MS = 300_000;

function refused(error: EndpointError): AuditError {
  return new AuditError('endpoint-refused', error.message, { cause: error });
}

function away(error: EndpointError): AuditError {
  return new AuditError('endpoint-away', error.message, {
    details: ['what was answered is in the journal: the same command goes on'],
    cause: error,
  });
}
