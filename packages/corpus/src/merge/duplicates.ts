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

/** A sample as it goes from thread to thread. */
interface CarriedSample {
  readonly level: number;
  readonly bytes: Uint8Array;
}

/** What {@link DuplicateTally.carry} yields: contents, and both halves of signatures. */
export type CarriedDuplicates = readonly [CarriedSample, CarriedSample, CarriedSample];

/** Counts documents by their content, and by each half of their signature. */
export class DuplicateTally {
  readonly #contents: ThresholdSample;
  readonly #near: readonly [ThresholdSample, ThresholdSample];

  /** @param carried what another tally yielded; none to start with no documents. */
  constructor(carried?: CarriedDuplicates) {
    this.#contents = sampleOf(CONTENTS, carried?.[0]);
    this.#near = [sampleOf(NEAR, carried?.[1]), sampleOf(NEAR, carried?.[2])];
  }

  /** Adds all documents of another tally. Which order, and which tree of them, makes no difference. */
  merge(other: DuplicateTally): void {
    this.#contents.merge(other.#contents);
    this.#near[0].merge(other.#near[0]);
    this.#near[1].merge(other.#near[1]);
  }

  /** Yields the tally for another thread. */
  carry(): CarriedDuplicates {
    return [carrySample(this.#contents), carrySample(this.#near[0]), carrySample(this.#near[1])];
  }

  /** Yields what {@link DuplicateTally.copiesOf} needs, for another thread. */
  carryContents(): CarriedDuplicates {
    const none = { level: 0, bytes: new Uint8Array(0) };
    return [carrySample(this.#contents), none, none];
  }

  /** Leading zero bits of the hashes of contents that are looked at. */
  get level(): number {
    return this.#contents.level;
  }

  /** Adds a document. */
  add(row: DocumentRow): void {
    this.#contents.add(row.hashLow, row.hashHigh, 1);
    this.#near[0].add(row.nearLow0, row.nearHigh0, 1);
    this.#near[1].add(row.nearLow1, row.nearHigh1, 1);
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

const sumUpToMost = (a: number, b: number): number => Math.min(MOST, a + b);

function sampleOf(size: number, carried: CarriedSample | undefined): ThresholdSample {
  const options = { size, combine: sumUpToMost };
  if (carried === undefined) return new ThresholdSample(options);
  return ThresholdSample.fromBytes(carried.bytes, { ...options, level: carried.level });
}

function carrySample(sample: ThresholdSample): CarriedSample {
  return { level: sample.level, bytes: sample.toBytes() };
}

function repeatedShare(sample: ThresholdSample): number {
  const documents = sum(sample.values());
  return documents === 0 ? 0 : (documents - sample.size) / documents;
}

function sum(values: Uint32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
