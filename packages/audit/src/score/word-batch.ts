import type { ScoringSource } from '@countermark/watermark/scheme';
import type { AuditTally } from './audit-tally.ts';
import type { GroupTallies } from './group-tallies.ts';

/** Words that are computed in one call: a call has costs of its own. */
const MOST_WORDS = 4096;

/** A key's words of the collected tokens, and what counts them. */
export interface WordLane {
  /** Not closed. */
  readonly source: ScoringSource;
  readonly tally: AuditTally;
  /** Counts those of a group's contexts too. */
  readonly groups?: GroupTallies;
}

/** Collects weighted tokens at their contexts, and counts their words many at once, under each of several keys. */
export class WordBatch {
  readonly #lanes: readonly WordLane[];
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
   * @param contextWidth of all keys.
   * @param lanes        one a key.
   */
  constructor(contextWidth: number, lanes: readonly WordLane[]) {
    this.#lanes = lanes;
    this.#pairs = new Uint32Array((contextWidth + 1) * MOST_WORDS);
    for (let i = 0; i < MOST_WORDS; i++) this.#positions[i] = (contextWidth + 1) * (i + 1) - 1;
  }

  /**
   * Adds a token at a context.
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

  /** Counts all that were added. Returns how many of them have a weight that counts, which is the same under every key, since the last call. */
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
    const width = this.#pairs.length / MOST_WORDS - 1;
    const pairs = this.#pairs.subarray(0, (width + 1) * held);
    const words = this.#words.subarray(0, held);
    for (const [lane, { source, tally, groups }] of this.#lanes.entries()) {
      source.sequenceWords(pairs, this.#positions.subarray(0, held), this.#symbols.subarray(0, held), words);
      for (let i = 0; i < held; i++) {
        const weight = this.#weights[i]!;
        if (!tally.add(weight, words[i]!)) continue;
        if (lane === 0) this.#counted++;
        const group = this.#owners[i]!;
        if (group > 0) groups?.add(group, weight, words[i]!);
      }
    }
  }
}
