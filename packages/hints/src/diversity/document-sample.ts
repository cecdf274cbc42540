/** A bounded sample of a corpus's documents that no split into shards changes. */
import { z } from 'zod';
import { type ContentHash, compareHashes, formatHash, isInShare, parseHash } from '../content-hash.ts';

/** Documents of a sample, unless said otherwise. */
export const SAMPLE_DOCUMENTS = 1000;
/** Characters kept of each, in UTF-16 code units. */
export const SAMPLE_CHARACTERS = 2000;

/** How a sample is drawn. */
export interface DocumentSampleOptions {
  /** Documents, at most; integer ≥ 1. */
  readonly size?: number;
  /** Share of all contents that may be in it, in (0, 1]: keeps the samples of single shards small. A corpus with fewer than `size` / `share` documents fills less than `size`. */
  readonly share?: number;
}

/** A document in a sample. */
export interface SampledDocument {
  readonly hash: ContentHash;
  /** Its first {@link SAMPLE_CHARACTERS} characters. */
  readonly text: string;
}

/** What {@link DocumentSample.toJSON} yields. */
export interface DocumentSampleJson {
  readonly size: number;
  readonly share: number;
  /** By hash, in 16 hexadecimal digits. */
  readonly documents: readonly { readonly hash: string; readonly text: string }[];
}

const SAMPLE = z.strictObject({
  size: z.number().int().min(1),
  share: z.number().gt(0).max(1),
  documents: z.array(
    z.strictObject({ hash: z.string().regex(/^[0-9a-f]{16}$/), text: z.string().max(SAMPLE_CHARACTERS) }),
  ),
});

/**
 * The documents with the smallest hashes: a bottom-k sample of a corpus's different contents.
 * Source: Cohen, Kaplan, "Summarizing data using bottom-k sketches", PODC 2007.
 *
 * Every different content is as likely as any other to be in it. The sample of a corpus is the union of its shards' samples,
 * cut to size: in any order, and however often a shard is added.
 */
export class DocumentSample {
  #size: number;
  #share: number;
  // By hash; cut to size when twice as many are there, so that adding is cheap.
  readonly #texts = new Map<string, SampledDocument>();
  // The largest hash of a full sample: larger ones are not wanted.
  #largest: ContentHash | undefined;

  /**
   * Starts an empty sample.
   *
   * @throws RangeError for a size or share out of its range.
   */
  constructor({ size = SAMPLE_DOCUMENTS, share = 1 }: DocumentSampleOptions = {}) {
    if (!(Number.isSafeInteger(size) && size >= 1)) {
      throw new RangeError(`"size" expected an integer >= 1, got ${size}`);
    }
    if (!(share > 0 && share <= 1)) throw new RangeError(`"share" expected 0 < share <= 1, got ${share}`);
    this.#size = size;
    this.#share = share;
  }

  /** Says whether a document with this hash would be kept: whoever adds need not make a text in vain. */
  wants(hash: ContentHash): boolean {
    return (
      isInShare(hash, this.#share) && (this.#largest === undefined || compareHashes(hash, this.#largest) < 0)
    );
  }

  /**
   * Adds a document, unless it is not wanted or there.
   *
   * @param hash     of the whole document.
   * @param segments its texts; a blank line is put between them.
   */
  add(hash: ContentHash, segments: readonly string[]): void {
    if (!this.wants(hash)) return;
    this.#put({ hash, text: beginning(segments) });
  }

  /** Adds another sample's documents; the smaller size and share of the two hold from now on. */
  merge(other: DocumentSample): void {
    if (this.#size === other.#size && this.#share === other.#share) {
      for (const document of other.documents()) if (this.wants(document.hash)) this.#put(document);
      return;
    }
    this.#size = Math.min(this.#size, other.#size);
    this.#share = Math.min(this.#share, other.#share);
    const all = [...this.documents(), ...other.documents()];
    this.#texts.clear();
    this.#largest = undefined;
    for (const document of all) {
      if (this.wants(document.hash)) this.#put(document);
    }
  }

  /** Lists the documents by hash, which is a random order. */
  documents(): readonly SampledDocument[] {
    this.#cut();
    return [...this.#texts.values()];
  }

  /** Yields the sample in one canonical form. */
  toJSON(): DocumentSampleJson {
    const documents = this.documents().map(({ hash, text }) => ({ hash: formatHash(hash), text }));
    return { size: this.#size, share: this.#share, documents };
  }

  /**
   * Reads what {@link toJSON} yielded.
   *
   * @throws TypeError if it is something else.
   */
  static fromJSON(json: unknown): DocumentSample {
    const parsed = SAMPLE.safeParse(json);
    if (!parsed.success) throw new TypeError('"json" expected a document sample, got something else');
    const sample = new DocumentSample(parsed.data);
    for (const { hash, text } of parsed.data.documents) {
      const bits = parseHash(hash);
      if (bits !== undefined && sample.wants(bits)) sample.#put({ hash: bits, text });
    }
    return sample;
  }

  #put(document: SampledDocument): void {
    const key = formatHash(document.hash);
    if (this.#texts.has(key)) return;
    this.#texts.set(key, document);
    if (this.#texts.size >= 2 * this.#size) this.#cut();
  }

  #cut(): void {
    const kept = [...this.#texts].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, this.#size);
    this.#texts.clear();
    for (const [key, document] of kept) this.#texts.set(key, document);
    if (kept.length === this.#size) this.#largest = kept.at(-1)?.[1].hash;
  }
}

function beginning(segments: readonly string[]): string {
  let text = '';
  for (const segment of segments) {
    text += text === '' ? segment.slice(0, SAMPLE_CHARACTERS) : `\n\n${segment.slice(0, SAMPLE_CHARACTERS)}`;
    if (text.length >= SAMPLE_CHARACTERS) break;
  }
  // A pair cut in half would not survive being written as UTF-8.
  return text.slice(0, SAMPLE_CHARACTERS).replace(/\p{Cs}/gu, '\ufffd');
}
