import type { DocumentRow } from '../parts/document-columns.ts';
import type { StrongInPart } from '../parts/part.ts';

/** A document whose tokens are kept, with where it is. */
export interface StrongDocument {
  readonly shard: number;
  readonly lead: StrongInPart;
  readonly row: DocumentRow;
}

/** Keeps the documents with the smallest p-values of all parts, ties by their order. */
export class Strongest {
  readonly #size: number;
  #documents: StrongDocument[] = [];

  /** @param size how many. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Adds a part's leads. */
  add(documents: readonly StrongDocument[]): void {
    if (documents.length === 0) return;
    this.#documents = [...this.#documents, ...documents]
      .sort(
        (a, b) =>
          a.lead.log10PValue - b.lead.log10PValue || a.shard - b.shard || a.lead.document - b.lead.document,
      )
      .slice(0, this.#size);
  }

  /** Lists them, the strongest first. */
  list(): readonly StrongDocument[] {
    return this.#documents;
  }
}
