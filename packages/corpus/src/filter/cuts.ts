/** Which bytes of a file's content are left out. */

/** Bytes `[start, end)` of a file's content, after decompression. */
export interface Cut {
  readonly start: number;
  readonly end: number;
}

/** What is left out of a file. */
export interface FileCuts {
  /** Records of the file. */
  readonly records: number;
  /** In ascending order; those that touch are one. */
  readonly cuts: readonly Cut[];
}

/** Collects cuts in ascending order. */
export class CutList {
  readonly cuts: { start: number; end: number }[] = [];

  /** Adds bytes `[start, end)`, which start where the last ones end, or later. */
  add(start: number, end: number): void {
    const last = this.cuts.at(-1);
    if (last !== undefined && last.end === start) last.end = end;
    else if (end > start) this.cuts.push({ start, end });
  }
}
