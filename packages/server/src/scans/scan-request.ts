import type { FileWishes, ScanPlanOptions } from '@countermark/corpus';

/** What a scan is asked to be: kept with it, so that whoever plans it again plans the same. Holds key ids, no secret. */
export interface ScanRequest {
  readonly source:
    | { readonly kind: 'inputs'; readonly inputs: readonly string[] }
    | { readonly kind: 'upload'; readonly files: readonly string[] };
  readonly keyIds: readonly string[];
  readonly reading: FileWishes;
  readonly plan: Omit<ScanPlanOptions, 'signal'>;
  /** Accounts to compare detected documents with; removed once the scan has ended. */
  readonly accounts?: {
    /** Undefined for those that are registered when the scan is merged. */
    readonly ids?: readonly string[];
    /** At least so many were issued. */
    readonly issued: number;
    readonly alpha: number;
  };
}
