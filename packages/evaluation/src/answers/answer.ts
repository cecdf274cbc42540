/** An answer as it was generated. */
export interface Answer {
  /** Uint32Array `[n]`. */
  readonly tokenIds: Uint32Array;
  /** What they spell. */
  readonly text: string;
}
