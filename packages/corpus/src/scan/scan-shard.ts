import { checkOptionNames, type OptionNames } from '@countermark/watermark';
import type { Manifest } from '../manifest/manifest.ts';
import type { Part } from '../parts/part.ts';
import { type ScanTools, ShardScan } from './shard-scan.ts';
import { type WalkOptions, type WalkProgress, walkShard } from './walk-shard.ts';

/** What a scan tells while it runs. */
export interface ScanProgress extends WalkProgress {
  /** A document was scored. */
  scored(tokens: number, log10PValue: number): void;
}

/** How a shard is scanned. */
export interface ScanShardOptions extends WalkOptions {
  readonly progress?: ScanProgress;
}

const OPTIONS: OptionNames<ScanShardOptions> = {
  refused: true,
  strict: true,
  progress: true,
  signal: true,
};

/**
 * Scans one shard of a manifest. The same shard gives the same part, wherever and whenever it is scanned.
 *
 * @throws {CorpusError} if a file has changed, or cannot be read to its end; in a strict scan, if a record cannot be read.
 * @throws {DetectorError} `tokenizer-mismatch`.
 */
export async function scanShard(
  manifest: Manifest,
  shard: number,
  tools: ScanTools,
  options: ScanShardOptions = {},
): Promise<Part> {
  checkOptionNames(options, OPTIONS, 'scanShard');
  const scan = new ShardScan(manifest, shard, tools);
  try {
    await walkShard(
      manifest,
      shard,
      {
        get records() {
          return scan.records;
        },
        add(document, location) {
          const { tokens, log10PValue } = scan.add(document, location);
          options.progress?.scored(tokens, log10PValue);
        },
        endFile: (...end) => scan.endFile(...end),
      },
      options,
    );
    return scan.finish();
  } finally {
    scan.close();
  }
}
