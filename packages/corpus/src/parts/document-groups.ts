import { MeanEValue } from '@countermark/detector/corpus';

/** Groups of a part, at most: a field with more values is no name of a group. What is beyond counts in none. */
const MOST_GROUPS = 1000;

/** What a part says of the documents with one value of the field by which they are counted. */
interface PartGroup {
  readonly name: string;
  readonly documents: number;
  readonly tokens: number;
  /** Of each key: documents with enough scored tokens, and log10 of the sum of their e-values. */
  readonly eValues: readonly { readonly count: number; readonly log10Sum: number | null }[];
}

/** The groups of a part. */
export interface PartGroups {
  /** In the order in which they come first. */
  readonly groups: readonly PartGroup[];
  /** Which of them each document is in, by their number; -1 for none. */
  readonly of: readonly number[];
}

/** Counts the documents of a shard by group while they are scanned. */
export class DocumentGroups {
  readonly #keys: number;
  readonly #numbers = new Map<string, number>();
  readonly #counts: { documents: number; tokens: number; readonly means: MeanEValue[] }[] = [];
  readonly #of: number[] = [];

  /** @param keys how many there are. */
  constructor(keys: number) {
    this.#keys = keys;
  }

  /** Adds the next document, with its e-value under each key that it has enough scored tokens for. */
  add(group: string | undefined, tokens: number, log10EValues: readonly (number | undefined)[]): void {
    const number = group === undefined ? -1 : this.#numberOf(group);
    this.#of.push(number);
    const counts = this.#counts[number];
    if (counts === undefined) return;
    counts.documents++;
    counts.tokens += tokens;
    for (const [i, value] of log10EValues.entries()) if (value !== undefined) counts.means[i]?.add(value);
  }

  /** Yields them; undefined if no document is in any. */
  finish(): PartGroups | undefined {
    if (this.#counts.length === 0) return undefined;
    const groups = [...this.#numbers.keys()].map((name, i): PartGroup => {
      const { documents = 0, tokens = 0, means = [] } = this.#counts[i] ?? {};
      return { name, documents, tokens, eValues: means.map(sumOf) };
    });
    return { groups, of: this.#of };
  }

  #numberOf(group: string): number {
    const known = this.#numbers.get(group);
    if (known !== undefined) return known;
    const number = this.#counts.length;
    if (number === MOST_GROUPS) return -1;
    this.#numbers.set(group, number);
    const means = Array.from({ length: this.#keys }, () => new MeanEValue());
    this.#counts.push({ documents: 0, tokens: 0, means });
    return number;
  }
}

/** The sum of e-values as a part has it. */
export function sumOf(mean: MeanEValue): { count: number; log10Sum: number | null } {
  const sum = mean.log10Sum();
  return { count: mean.count, log10Sum: sum === -Infinity ? null : sum };
}
