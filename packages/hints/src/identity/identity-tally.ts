/** Counts the documents of a corpus that claim to be an assistant's, with examples. */
import { z } from 'zod';
import { type ContentHash, formatHash } from '../content-hash.ts';
import type { IdentityClaim, IdentityStatements } from './identity-counter.ts';
import { snippetAround } from './snippet.ts';

/** Examples that a tally keeps. */
export const IDENTITY_EXAMPLES = 20;

/** Where an example stands. */
export interface IdentityPlace {
  /** The file. */
  readonly file: string;
  /** The record's number, from 0. */
  readonly record: number;
}

/** A document's first claim. */
export interface IdentityExample extends IdentityPlace {
  /** Of the document's content, 16 hexadecimal digits. */
  readonly hash: string;
  readonly assistant: string;
  readonly language: string;
  /** At most 160 characters around the claim. */
  readonly snippet: string;
}

/** Claims of one assistant in one language. */
export interface IdentityCount {
  readonly assistant: string;
  readonly language: string;
  readonly claims: number;
}

const count = z.number().int().nonnegative();
const TALLY = z.strictObject({
  documents: count,
  documentsWithClaim: count,
  documentsWithDenial: count,
  claims: z.array(z.strictObject({ assistant: z.string(), language: z.string(), claims: count })),
  examples: z
    .array(
      z.strictObject({
        hash: z.string().regex(/^[0-9a-f]{16}$/),
        file: z.string(),
        record: count,
        assistant: z.string(),
        language: z.string(),
        snippet: z.string(),
      }),
    )
    .max(IDENTITY_EXAMPLES),
});

/** What {@link IdentityTally.toJSON} yields. */
export interface IdentityTallyJson {
  readonly documents: number;
  readonly documentsWithClaim: number;
  readonly documentsWithDenial: number;
  /** By assistant, then language. */
  readonly claims: readonly IdentityCount[];
  /** By hash. */
  readonly examples: readonly IdentityExample[];
}

/**
 * Claims by assistant and language, and the {@link IDENTITY_EXAMPLES} examples with the smallest hashes.
 *
 * Of documents with the same content, the example is the one that comes first by file and record. So tallies of the shards of
 * a corpus merge to the same tally in whatever way it was cut, as long as records have the same places.
 */
export class IdentityTally {
  #documents = 0;
  #documentsWithClaim = 0;
  #documentsWithDenial = 0;
  readonly #claims = new Map<string, IdentityCount>();
  #examples: IdentityExample[] = [];

  /**
   * Counts one document.
   *
   * @param contentHash of the whole document.
   * @param place       where it stands.
   * @param segments    its texts.
   * @param statements  what was read in each of them, `[segments]`.
   * @throws RangeError if there are not as many statements as segments.
   */
  add(
    contentHash: ContentHash,
    place: IdentityPlace,
    segments: readonly string[],
    statements: readonly IdentityStatements[],
  ): void {
    if (statements.length !== segments.length) {
      throw new RangeError(
        `"statements" expected ${segments.length}, one a segment, got ${statements.length}`,
      );
    }
    this.#documents++;
    if (statements.some(({ denials }) => denials.length > 0)) this.#documentsWithDenial++;
    const first = statements.findIndex(({ claims }) => claims.length > 0);
    const claim = statements[first]?.claims[0];
    if (claim === undefined) return;
    this.#documentsWithClaim++;
    for (const { claims } of statements) {
      for (const { assistant, language } of claims) this.#addClaims({ assistant, language, claims: 1 });
    }
    this.#addExamples([exampleOf(formatHash(contentHash), place, segments[first] ?? '', claim)]);
  }

  /** Adds all that another tally counted. */
  merge(other: IdentityTally): void {
    this.#addJson(other.toJSON());
  }

  /** Yields the tally in one canonical form. */
  toJSON(): IdentityTallyJson {
    return {
      documents: this.#documents,
      documentsWithClaim: this.#documentsWithClaim,
      documentsWithDenial: this.#documentsWithDenial,
      claims: [...this.#claims.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value),
      examples: [...this.#examples],
    };
  }

  /**
   * Reads what {@link toJSON} yielded.
   *
   * @throws TypeError if it is something else.
   */
  static fromJSON(json: unknown): IdentityTally {
    const parsed = TALLY.safeParse(json);
    if (!parsed.success) throw new TypeError('"json" expected an identity tally, got something else');
    const tally = new IdentityTally();
    tally.#addJson(parsed.data);
    return tally;
  }

  #addJson(json: IdentityTallyJson): void {
    this.#documents += json.documents;
    this.#documentsWithClaim += json.documentsWithClaim;
    this.#documentsWithDenial += json.documentsWithDenial;
    for (const claims of json.claims) this.#addClaims(claims);
    this.#addExamples(json.examples);
  }

  #addClaims({ assistant, language, claims }: IdentityCount): void {
    const key = `${assistant} ${language}`;
    const before = this.#claims.get(key)?.claims ?? 0;
    this.#claims.set(key, { assistant, language, claims: before + claims });
  }

  #addExamples(examples: readonly IdentityExample[]): void {
    this.#examples = [...this.#examples, ...examples]
      .sort(compareExamples)
      .filter(({ hash }, i, all) => i === 0 || hash !== all[i - 1]?.hash)
      .slice(0, IDENTITY_EXAMPLES);
  }
}

function exampleOf(hash: string, place: IdentityPlace, text: string, claim: IdentityClaim): IdentityExample {
  const { assistant, language } = claim;
  const snippet = snippetAround(text, claim.start, claim.end);
  return { hash, file: place.file, record: place.record, assistant, language, snippet };
}

function compareExamples(a: IdentityExample, b: IdentityExample): number {
  return compareTexts(a.hash, b.hash) || compareTexts(a.file, b.file) || a.record - b.record;
}

// By code units, which no locale changes.
function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
