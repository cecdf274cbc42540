import { ThresholdSample } from '@countermark/detector/corpus';
import type { DocumentRow } from '../parts/document-columns.ts';

/** Contents that are remembered: beyond that a sample of them. */
const CONTENTS = 2 ** 20;
const NEAR = 2 ** 19;
const MOST = 2 ** 32 - 1;

/** What repeats in a corpus. */
export interface DuplicateCounts {
  /** Share of contents that were looked at. */
  readonly sampleShare: number;
  /** Different contents; estimated if the share is below 1. */
  readonly distinct: number;
  /** Documents that repeat an earlier one exactly; likewise. */
  readonly exact: number;
  /** Share of documents, long enough to be compared, that repeat most of an earlier one: at least this. */
  readonly nearShare: number;
}

/** Counts documents by their content, and by each half of their signature. */
export class DuplicateTally {
  readonly #contents: ThresholdSample;
  readonly #near: readonly ThresholdSample[];

  /** Starts with no documents. */
  constructor() {
    const options = { combine: (a: number, b: number): number => Math.min(MOST, a + b) };
    this.#contents = new ThresholdSample({ size: CONTENTS, ...options });
    this.#near = [0, 1].map(() => new ThresholdSample({ size: NEAR, ...options }));
  }

  /** Adds a document. */
  add(row: DocumentRow): void {
    this.#contents.add(row.hashLow, row.hashHigh, 1);
    this.#near[0]?.add(row.nearLow0, row.nearHigh0, 1);
    this.#near[1]?.add(row.nearLow1, row.nearHigh1, 1);
  }

  /** Copies of a document's content, itself included; undefined if it is not among those looked at. */
  copiesOf({ hashLow, hashHigh }: DocumentRow): number | undefined {
    return this.#contents.valueOf(hashLow, hashHigh);
  }

  /** Counts. */
  counts(): DuplicateCounts {
    const scale = 2 ** this.#contents.level;
    const documents = sum(this.#contents.values());
    return {
      sampleShare: 1 / scale,
      distinct: this.#contents.size * scale,
      exact: (documents - this.#contents.size) * scale,
      nearShare: Math.max(...this.#near.map(repeatedShare)),
    };
  }
}

function repeatedShare(sample: ThresholdSample): number {
  const documents = sum(sample.values());
  return documents === 0 ? 0 : (documents - sample.size) / documents;
}

function sum(values: Uint32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
