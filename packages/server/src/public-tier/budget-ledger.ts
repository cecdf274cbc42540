/** What clients of the public tier may have in an hour. */
export interface BudgetLimits {
  /** Detections. */
  readonly perHour: number;
  /** Of these, for texts that are nearly the same. */
  readonly similar: number;
}

/** Counts what clients had, under hashes of their networks. */
export interface BudgetLedger {
  /** Salt of texts' sketches, an integer below 2^32. */
  readonly textSalt: number;
  /**
   * Charges a client, unless that is more than it has left.
   *
   * @param network the client's, as {@link clientNetwork} writes it.
   * @param cost    detections, at most the budget.
   * @returns undefined if it was charged, or else the seconds until its budget is renewed.
   * @throws {Problem} `overloaded` if nobody can say.
   */
  charge(network: string, cost: number): Promise<number | undefined>;
  /**
   * Counts a text among those of the client that are nearly the same, unless there were too many.
   *
   * @param sketch of its tokens, made with {@link textSalt}.
   * @returns undefined if it was counted, or else the seconds until there may be another.
   * @throws {Problem} `overloaded` if nobody can say.
   */
  countSimilar(network: string, sketch: Uint32Array): Promise<number | undefined>;
}
