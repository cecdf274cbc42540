import type { Verdict } from '@countermark/detector';
import { decide, type QValueTable } from '@countermark/detector/corpus';
import type { ScanSettings } from '../manifest/manifest.ts';
import type { DocumentRow } from '../parts/document-columns.ts';

/** What is said of each document, once all are known. */
export class Verdicts {
  readonly qValues: QValueTable;
  readonly #minTokens: number;
  readonly #log10Level: number;

  /** @param qValues of all documents that have enough scored tokens. */
  constructor(qValues: QValueTable, { minTokens, falseDiscoveryRate }: ScanSettings) {
    this.qValues = qValues;
    this.#minTokens = minTokens;
    this.#log10Level = Math.log10(falseDiscoveryRate);
  }

  /** Whether a document has enough scored tokens for a verdict. */
  isConclusive({ scored }: DocumentRow): boolean {
    return scored >= this.#minTokens;
  }

  /** log10 of a document's Benjamini–Hochberg value; undefined if it has too few scored tokens. */
  log10QValue(row: DocumentRow): number | undefined {
    return this.isConclusive(row) ? this.qValues.log10QValue(row.log10PValue) : undefined;
  }

  /** Whether a document is detected: the same as its verdict says, and cheaper for most. */
  isDetected(row: DocumentRow): boolean {
    // An adjusted value is at least the p-value.
    return row.log10PValue <= this.#log10Level && this.of(row) === 'detected';
  }

  /**
   * What is said of a document.
   *
   * @param log10QValue of it, where that is known already.
   */
  of(row: DocumentRow, log10QValue: number | undefined = this.log10QValue(row)): Verdict {
    return decide({
      log10Value: log10QValue ?? 0,
      log10Level: this.#log10Level,
      scored: row.scored,
      minTokens: this.#minTokens,
    });
  }

  /** Documents that are detected. */
  detected(): number {
    return this.qValues.rejections(this.#log10Level);
  }
}
