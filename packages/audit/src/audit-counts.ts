/** What became of everything that an audit was given. Every field is a count. */
export interface AuditCounts {
  /** Answers, or texts that were read. */
  readonly records: number;
  /** Of these, the same token ids as an earlier one: not read again. */
  readonly repeated: number;
  /** Of these, without a token. */
  readonly empty: number;
  /** Of these, at least half of whose contexts stood in what was given with them. */
  readonly copied: number;
  /** Tokens of the records that were read. */
  readonly tokens: number;
  /** Contexts that were counted, each once. */
  readonly contexts: number;
  /** Words of counted contexts with a weight that counts. */
  readonly words: number;
  /** Positions without a full context. */
  readonly withoutContext: number;
  /** Positions whose context is in no common slot. */
  readonly otherSlots: number;
  /** Positions whose context stood in what the model was given, or was counted before. */
  readonly seen: number;
  /** Positions of contexts that are not in the set of those that were served; 0 where none was given. */
  readonly notServed: number;
  /** Positions of open contexts of which no prediction is known. */
  readonly unpredicted: number;
  /** Contexts that were counted, and stood in a prompt that was told of later: later weights may depend on their words. */
  readonly shownLater: number;
}
