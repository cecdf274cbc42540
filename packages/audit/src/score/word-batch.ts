import type { ScoringSource } from '@countermark/watermark/scheme';
import type { AuditTally } from './audit-tally.ts';
import type { GroupTallies } from './group-tallies.ts';

/** Words that are computed in one call: a call has costs of its own. */
const MOST_WORDS = 4096;

/** Collects weighted words, and counts them many at once. */
export class WordBatch {
  readonly #source: ScoringSource;
  readonly #tally: AuditTally;
  readonly #groups: GroupTallies;
  /** One pair after another, each a context with its token. */
  readonly #pairs: Uint32Array;
  readonly #positions = new Uint32Array(MOST_WORDS);
  readonly #weights = new Float64Array(MOST_WORDS);
  readonly #owners = new Uint32Array(MOST_WORDS);
  readonly #words = new Uint32Array(MOST_WORDS);
  readonly #symbols = new Uint8Array(MOST_WORDS);
  #held = 0;
  #counted = 0;

  /**
   * @param source of the audit's key; not closed.
   * @param tally  counts the words.
   * @param groups counts those of a group's contexts too.
   */
  constructor(source: ScoringSource, tally: AuditTally, groups: GroupTallies) {
    this.#source = source;
    this.#tally = tally;
    this.#groups = groups;
    this.#pairs = new Uint32Array((source.contextWidth + 1) * MOST_WORDS);
    for (let i = 0; i < MOST_WORDS; i++) this.#positions[i] = (source.contextWidth + 1) * (i + 1) - 1;
  }

  /**
   * Adds the word of a token at a context.
   *
   * @param context Uint32Array `[h]`. Not retained.
   * @param group   number of the group whose context it is, or 0.
   */
  add(context: Uint32Array, tokenId: number, weight: number, group: number): void {
    const at = (context.length + 1) * this.#held;
    this.#pairs.set(context, at);
    this.#pairs[at + context.length] = tokenId;
    this.#owners[this.#held] = group;
    this.#weights[this.#held++] = weight;
    if (this.#held === MOST_WORDS) this.#count();
  }

  /** Counts all that were added. Returns how many of them have a weight that counts, since the last call. */
  flush(): number {
    this.#count();
    const counted = this.#counted;
    this.#counted = 0;
    return counted;
  }

  #count(): void {
    const held = this.#held;
    this.#held = 0;
    if (held === 0) return;
    const words = this.#words.subarray(0, held);
    this.#source.sequenceWords(
      this.#pairs.subarray(0, (this.#source.contextWidth + 1) * held),
      this.#positions.subarray(0, held),
      this.#symbols.subarray(0, held),
      words,
    );
    for (let i = 0; i < held; i++) {
      const weight = this.#weights[i]!;
      if (!this.#tally.add(weight, words[i]!)) continue;
      this.#counted++;
      const group = this.#owners[i]!;
      if (group > 0) this.#groups.add(group, weight, words[i]!);
    }
  }
}
