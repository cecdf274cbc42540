import { decide, MeanEValue } from '@countermark/detector/corpus';
import { holm } from '@countermark/detector/stats';
import type { ScanSettings } from '../manifest/manifest.ts';
import type { PartFacts } from '../parts/part.ts';
import type { GroupCounts } from './scan-summary.ts';

/** Groups of a corpus, at most: those that come first. What is beyond counts in none. */
const MOST_GROUPS = 10_000;

interface Totals {
  documents: number;
  tokens: number;
  detected: number;
  /** Of each key. */
  readonly means: readonly MeanEValue[];
}

/** Adds up the documents of a corpus by group, in the order of the shards. */
export class GroupTotals {
  readonly #keys: number;
  readonly #groups = new Map<string, Totals>();
  /** Names of each shard's groups. */
  readonly #names = new Map<number, readonly string[]>();

  /** @param keys how many there are. */
  constructor(keys: number) {
    this.#keys = keys;
  }

  /** First round. */
  add(shard: number, groups: PartFacts['groups']): void {
    if (groups === undefined) return;
    this.#names.set(
      shard,
      groups.groups.map(({ name }) => name),
    );
    for (const { name, documents, tokens, eValues } of groups.groups) {
      const totals = this.#totalsOf(name);
      if (totals === undefined) continue;
      totals.documents += documents;
      totals.tokens += tokens;
      for (const [i, { count, log10Sum }] of eValues.entries())
        totals.means[i]?.merge(MeanEValue.of(count, log10Sum ?? -Infinity));
    }
  }

  /** Second round: detected documents of each group of a shard. */
  addDetected(shard: number, detected: readonly number[]): void {
    for (const [i, name] of this.#names.get(shard)?.entries() ?? []) {
      const totals = this.#groups.get(name);
      if (totals !== undefined) totals.detected += detected[i] ?? 0;
    }
  }

  /**
   * Tests each group: the mean of its documents' e-values, which is an e-value however they depend on each other. Its p-value is one over it,
   * multiplied by the number of keys, the strongest of which is taken (Bonferroni), and corrected over groups (Holm).
   *
   * @param documents of the whole corpus.
   * @returns undefined if no document is in any. The groups with the smallest p-values come first, then those with most documents.
   */
  summary(documents: number, { alpha }: ScanSettings): GroupCounts | undefined {
    if (this.#groups.size === 0) return undefined;
    const entries = [...this.#groups];
    const own = entries.map(([, { means }]) => {
      const strongest = Math.max(...means.map((mean) => mean.log10Mean()));
      return Math.min(0, Math.log10(this.#keys) - strongest) + 0;
    });
    const adjusted = holm(own);
    const listed = entries.map(([name, { means, ...counts }], i) => {
      const conclusive = Math.max(...means.map(({ count }) => count));
      const log10PValue = adjusted[i] ?? 0;
      const verdict = decide({
        log10Value: log10PValue,
        log10Level: Math.log10(alpha),
        scored: conclusive,
        minTokens: 1,
      });
      return {
        name,
        documents: counts.documents,
        conclusive,
        tokens: counts.tokens,
        detected: counts.detected,
        verdict,
        log10PValue,
      };
    });
    const grouped = listed.reduce((sum, group) => sum + group.documents, 0);
    return {
      left: documents - grouped,
      listed: listed.sort(
        (a, b) => a.log10PValue - b.log10PValue || b.documents - a.documents || (a.name < b.name ? -1 : 1),
      ),
    };
  }

  #totalsOf(name: string): Totals | undefined {
    const known = this.#groups.get(name);
    if (known !== undefined || this.#groups.size === MOST_GROUPS) return known;
    const means = Array.from({ length: this.#keys }, () => new MeanEValue());
    const totals = { documents: 0, tokens: 0, detected: 0, means };
    this.#groups.set(name, totals);
    return totals;
  }
}
