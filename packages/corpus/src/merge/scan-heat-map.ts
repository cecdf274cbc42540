import type { TokenReport } from '@countermark/detector';
import type { ListedDocument } from './scan-summary.ts';

/** A listed document with what each of its tokens was. */
export interface ScanHeatMap {
  readonly document: ListedDocument;
  readonly trace: TokenReport;
}
