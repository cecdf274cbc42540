/** Tuples `start` … `end` − 1 of a document's scored tuples. */
export interface TupleRange {
  readonly start: number;
  readonly end: number;
}
