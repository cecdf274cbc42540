import type { Question } from './repetition.ts';

/** What clients of the public tier may have in an hour. */
export interface BudgetLimits {
  /** Detections of one client. */
  readonly perHour: number;
  /** Detections of all clients together. */
  readonly total: number;
  /** Questions of one client that may ask about the same tuple. */
  readonly similar: number;
}

/** Why a client is not charged. */
export interface Refusal {
  /** Whose budget is spent. */
  readonly of: 'client' | 'all clients';
  /** Until it is renewed. */
  readonly seconds: number;
}

/** Counts what clients had, under hashes of their networks. */
export interface BudgetLedger {
  /** Salt of tuples' hashes, an integer below 2^32. */
  readonly textSalt: number;
  /**
   * Charges a client, and all clients together, unless that is more than either has left: then neither is charged.
   *
   * @param network the client's, as {@link clientNetwork} writes it.
   * @param cost    detections, at most either budget.
   * @returns undefined if it was charged.
   * @throws {Problem} `overloaded` if nobody can say.
   */
  charge(network: string, cost: number): Promise<Refusal | undefined>;
  /**
   * Counts a question among those of the client, unless it asks too much about what was asked about before.
   *
   * @param question hashes made with {@link textSalt}.
   * @returns undefined if it was counted, or else the seconds until there may be another.
   * @throws {Problem} `overloaded` if nobody can say.
   */
  countTuples(network: string, question: Question): Promise<number | undefined>;
}
