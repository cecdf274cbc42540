/** Counts the languages of a corpus, in a share of its documents that no split into shards changes. */
import { z } from 'zod';
import { type ContentHash, isInShare } from '../content-hash.ts';
import type { LanguageIdentifier } from './identify-language.ts';

const count = z.number().int().nonnegative();
const TALLY = z.strictObject({
  share: z.number().gt(0).max(1),
  documents: count,
  languages: z.record(z.string(), count),
});

/** What {@link LanguageTally.toJSON} yields. */
export interface LanguageTallyJson {
  /** Share of all contents that are looked at. */
  readonly share: number;
  /** Documents that were looked at. */
  readonly documents: number;
  /** Documents by ISO 639-1 code or `UNDETERMINED`, most first, ties by code. */
  readonly languages: Readonly<Record<string, number>>;
}

/** Documents by language. Exact duplicates count each: all or none of them are looked at. */
export class LanguageTally {
  readonly #share: number;
  #documents = 0;
  readonly #languages = new Map<string, number>();

  /**
   * Starts with no documents.
   *
   * @param share of all contents that are looked at, chosen by hash, in (0, 1]. At 1/64 a document costs 2 µs; 1 for small corpora.
   * @throws RangeError for a share out of that.
   */
  constructor(share: number) {
    if (!(share > 0 && share <= 1)) throw new RangeError(`"share" expected 0 < share <= 1, got ${share}`);
    this.#share = share;
  }

  /** Counts a document by its longest segment's language, if it is one of those that are looked at. */
  add(contentHash: ContentHash, segments: readonly string[], identify: LanguageIdentifier): void {
    if (!isInShare(contentHash, this.#share)) return;
    const longest = segments.reduce((a, b) => (b.length > a.length ? b : a), '');
    this.#documents++;
    this.#addCount(identify(longest), 1);
  }

  /**
   * Adds all that another tally counted.
   *
   * @throws RangeError if it looked at another share.
   */
  merge(other: LanguageTally): void {
    if (other.#share !== this.#share) {
      throw new RangeError(`"other" expected a share of ${this.#share}, got ${other.#share}`);
    }
    this.#documents += other.#documents;
    for (const [language, documents] of other.#languages) this.#addCount(language, documents);
  }

  /** Yields the tally in one canonical form. */
  toJSON(): LanguageTallyJson {
    const byCount = [...this.#languages].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    return { share: this.#share, documents: this.#documents, languages: Object.fromEntries(byCount) };
  }

  /**
   * Reads what {@link toJSON} yielded.
   *
   * @throws TypeError if it is something else.
   */
  static fromJSON(json: unknown): LanguageTally {
    const parsed = TALLY.safeParse(json);
    if (!parsed.success) throw new TypeError('"json" expected a language tally, got something else');
    const tally = new LanguageTally(parsed.data.share);
    tally.#documents = parsed.data.documents;
    for (const [language, documents] of Object.entries(parsed.data.languages))
      tally.#addCount(language, documents);
    return tally;
  }

  #addCount(language: string, documents: number): void {
    this.#languages.set(language, (this.#languages.get(language) ?? 0) + documents);
  }
}
