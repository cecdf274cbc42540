import type { RecordFailure, RecordFailureCode } from '../documents/document.ts';
import { LISTED_FAILURES } from './part.ts';

/** Counts failures, and lists the first ones. */
export class FailureList {
  #records = 0;
  readonly #byCode = new Map<RecordFailureCode, number>();
  readonly #listed: RecordFailure[] = [];

  /** Adds a failure. */
  add(failure: RecordFailure): void {
    const rows = failure.rows ?? 1;
    this.#records += rows;
    this.#byCode.set(failure.code, (this.#byCode.get(failure.code) ?? 0) + rows);
    if (this.#listed.length < LISTED_FAILURES) this.#listed.push(failure);
  }

  /** Adds those of another list, after these. */
  addAll(other: FailureList): void {
    this.#records += other.#records;
    for (const [code, records] of other.#byCode)
      this.#byCode.set(code, (this.#byCode.get(code) ?? 0) + records);
    for (const failure of other.#listed) {
      if (this.#listed.length < LISTED_FAILURES) this.#listed.push(failure);
    }
  }

  /** Records that failed. */
  get records(): number {
    return this.#records;
  }

  /** Records that failed by code, in the order of codes. */
  byCode(): Partial<Record<RecordFailureCode, number>> {
    return Object.fromEntries([...this.#byCode].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The first failures. */
  listed(): readonly RecordFailure[] {
    return this.#listed;
  }
}
