import { countsEValueLog10 } from './audit-tally.ts';
import type { SoftScores } from './soft-scores.ts';
import { levelOf } from './weight-levels.ts';

/** What the contexts of one group came to. */
export interface GroupEvidence {
  /** The group's number. */
  readonly group: number;
  readonly contexts: number;
  readonly words: number;
  readonly log10EValue: number;
}

interface GroupCounts {
  contexts: number;
  words: number;
  /** Words by level and bin: of most groups few occur. */
  readonly cells: Map<number, number>;
}

/** Counts weighted words as a tally does, by the group that their contexts belong to. */
export class GroupTallies {
  readonly #soft: SoftScores;
  readonly #groups = new Map<number, GroupCounts>();

  constructor(soft: SoftScores) {
    this.#soft = soft;
  }

  /** Counts a context. */
  addContext(group: number): void {
    this.#of(group).contexts++;
  }

  /** Counts one word of it: see `AuditTally.add`. */
  add(group: number, weight: number, word: number): void {
    const level = levelOf(weight);
    if (level < 0) return;
    const { bins } = this.#soft;
    const cell = level * bins.bins + bins.binOf(word);
    const counts = this.#of(group);
    counts.words++;
    counts.cells.set(cell, (counts.cells.get(cell) ?? 0) + 1);
  }

  /** Lists the groups with a context, by number. */
  evidence(): GroupEvidence[] {
    const { bins } = this.#soft.bins;
    return [...this.#groups]
      .sort(([a], [b]) => a - b)
      .map(([group, { contexts, words, cells }]) => {
        // In the order of a tally, so that sums round alike whatever came first.
        const counts = [...cells].sort(([a], [b]) => a - b);
        const log10EValue = countsEValueLog10(
          this.#soft,
          counts.map(([cell, count]) => [Math.floor(cell / bins), cell % bins, count] as const),
        );
        return { group, contexts, words, log10EValue };
      });
  }

  #of(group: number): GroupCounts {
    const known = this.#groups.get(group) ?? { contexts: 0, words: 0, cells: new Map<number, number>() };
    this.#groups.set(group, known);
    return known;
  }
}
