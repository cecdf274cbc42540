import type { AuditEnd, JournalAnswer } from '../journal/journal-entry.ts';
import type { Spent } from '../journal/spending.ts';
import type { MappingCounts } from '../read/map-answer.ts';
import { opensAsRefusal } from './refusal.ts';

/** What became of what an endpoint was asked. */
export interface EndpointReport {
  /** Without its query. */
  readonly address: string;
  readonly model: string;
  /** How the audit came to its end. */
  readonly ended: AuditEnd;
  /** Answers that were counted. */
  readonly answers: number;
  /** Answers that could not be had. */
  readonly givenUp: number;
  /** Answers behind the one that stopped the audit. */
  readonly unused: number;
  /** Answers that the endpoint calls refusals, or that open as such. */
  readonly refusals: number;
  /** Answers that ended at the most tokens. */
  readonly cut: number;
  readonly spent: Spent;
  /** Answers by the model that each names. */
  readonly models: Readonly<Record<string, number>>;
  readonly mapping: MappingCounts;
}

/** Counts the answers of an endpoint as they are counted in the audit. */
export class AnswerCounts {
  #answers = 0;
  #refusals = 0;
  #cut = 0;
  readonly #models = new Map<string, number>();

  /** Counts one. */
  add({ finish, isRefusal, model }: JournalAnswer, text: string): void {
    this.#answers++;
    if (isRefusal || opensAsRefusal(text)) this.#refusals++;
    if (finish === 'length') this.#cut++;
    if (model !== undefined) this.#models.set(model, (this.#models.get(model) ?? 0) + 1);
  }

  /** What was counted so far. */
  get counts(): Pick<EndpointReport, 'answers' | 'refusals' | 'cut' | 'models'> {
    return {
      answers: this.#answers,
      refusals: this.#refusals,
      cut: this.#cut,
      models: Object.fromEntries([...this.#models].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }
}
