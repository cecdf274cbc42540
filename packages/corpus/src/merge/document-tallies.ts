import { type QValueBins, QValueTable } from '@countermark/detector/corpus';
import type { DocumentRow } from '../parts/document-columns.ts';
import { type CarriedDuplicates, DuplicateTally } from './duplicates.ts';
import { PValueHistogram } from './histogram.ts';

/** What {@link DocumentTallies.carry} yields. */
export interface CarriedTallies {
  readonly duplicates: CarriedDuplicates;
  readonly qValues: QValueBins;
  readonly histogram: ReturnType<PValueHistogram['toJSON']>;
}

/**
 * What is counted of documents before anything is said of one of them. All of it are integers and largest values, so tallies of any stretches of
 * a corpus merge to the same, in any order and by any tree.
 */
export class DocumentTallies {
  readonly duplicates: DuplicateTally;
  readonly qValues: QValueTable;
  readonly histogram: PValueHistogram = new PValueHistogram();
  readonly #minTokens: number;

  /**
   * @param minTokens documents with fewer scored tokens have no verdict.
   * @param carried   what another tally yielded; none to start with no documents.
   */
  constructor(minTokens: number, carried?: CarriedTallies) {
    this.#minTokens = minTokens;
    this.duplicates = new DuplicateTally(carried?.duplicates);
    this.qValues = carried === undefined ? new QValueTable() : QValueTable.fromBins(carried.qValues);
    if (carried !== undefined) this.histogram.addCounts(carried.histogram);
  }

  /** Counts a document. */
  add(row: DocumentRow): void {
    this.duplicates.add(row);
    if (row.scored < this.#minTokens) return;
    this.qValues.add(row.log10PValue);
    this.histogram.add(row.log10PValue);
  }

  /** Adds all documents of another tally. */
  merge(other: DocumentTallies): void {
    this.duplicates.merge(other.duplicates);
    this.qValues.merge(other.qValues);
    this.histogram.merge(other.histogram);
  }

  /** Yields the tally for another thread. */
  carry(): CarriedTallies {
    return {
      duplicates: this.duplicates.carry(),
      qValues: this.qValues.toBins(),
      histogram: this.histogram.toJSON(),
    };
  }
}
