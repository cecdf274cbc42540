/** How far a scan is. */
export interface ScanCounts {
  readonly documents: number;
  readonly tokens: number;
  readonly bytes: number;
  /** Documents with p ≤ 1e-6, uncorrected. */
  readonly strong: number;
}

/** The same with what is finished. */
export interface ScanProgress extends ScanCounts {
  readonly shards: number;
  readonly finished: number;
  /** Bytes of all shards, of those whose size is known. */
  readonly totalBytes: number;
  /** Records that could not be read, of finished shards. */
  readonly failed: number;
}

/** What a scan has before it is planned. */
export const NO_PROGRESS: ScanProgress = {
  shards: 0,
  finished: 0,
  documents: 0,
  tokens: 0,
  bytes: 0,
  totalBytes: 0,
  strong: 0,
  failed: 0,
};

/** Nothing counted. */
export const NO_COUNTS: ScanCounts = { documents: 0, tokens: 0, bytes: 0, strong: 0 };

/** Adds counts, or takes them away. */
export function addCounts<T extends ScanCounts>(to: T, counts: ScanCounts, sign: 1 | -1 = 1): T {
  return {
    ...to,
    documents: to.documents + sign * counts.documents,
    tokens: to.tokens + sign * counts.tokens,
    bytes: to.bytes + sign * counts.bytes,
    strong: to.strong + sign * counts.strong,
  };
}
