import { createHash } from 'node:crypto';
import type { Normalization } from '@countermark/detector';
import { SAMPLE_DOCUMENTS } from '@countermark/hints';
import { checkOptionNames, type OptionNames, type WatermarkKey } from '@countermark/watermark';
import type { FileLayout } from '../documents/layout.ts';
import { askSeveral } from '../inputs/ask-several.ts';
import { type PlannedFile, type PlannedShard, planShards } from '../inputs/plan-shards.ts';
import { isUrl } from '../readers/bytes/open-source.ts';
import { checkBytes } from '../readers/read-options.ts';
import { fileState } from './file-state.ts';
import { type Manifest, type ManifestFile, SOFTWARE } from './manifest.ts';

/** What a plan says of a key; none of it is secret. */
export type PlannedKey = Pick<WatermarkKey, 'keyId' | 'fingerprint' | 'params'>;

/** How a scan is planned; all have defaults. */
export interface ScanPlanOptions {
  readonly alpha?: number;
  readonly falseDiscoveryRate?: number;
  readonly minTokens?: number;
  readonly normalization?: Normalization;
  /** Documents of at least so many tokens are tested by their windows as well (default 1,024); 0 for none. */
  readonly windowTokens?: number;
  /** Whether the language of each document that is text is told (default true). */
  readonly languages?: boolean;
  /** Entries of each key's sample of tuples (default 2^20). */
  readonly sampleSize?: number;
  readonly maxRecordBytes?: number;
  /** Decoy keys for each key (default none). */
  readonly decoys?: number;
  /** Share of the shards that are scanned, in (0, 1] (default 1), in a random order if it is below 1. */
  readonly sample?: number;
  /** Where random choices come from, 64 hex digits; needed for decoys and samples. */
  readonly seed?: string;
  readonly shardBytes?: number;
  /** Where there were more shards than this, small files share shards (default 256). */
  readonly groupAbove?: number;
  readonly signal?: AbortSignal;
  /** Whether each file is named by a digest of all its bytes. */
  readonly byContent?: boolean;
  /** What is none of the files, and whether that is accepted; see {@link Manifest}. */
  readonly leftOut?: Pick<Manifest, 'unread' | 'unreadAccepted' | 'unknown' | 'excluded'>;
}

const OPTIONS: OptionNames<ScanPlanOptions> = {
  alpha: true,
  falseDiscoveryRate: true,
  minTokens: true,
  normalization: true,
  windowTokens: true,
  languages: true,
  sampleSize: true,
  maxRecordBytes: true,
  decoys: true,
  sample: true,
  seed: true,
  shardBytes: true,
  groupAbove: true,
  signal: true,
  byContent: true,
  leftOut: true,
};

/** From here on a passage of some hundred tokens is seen better by itself than in the whole. */
const WINDOW_TOKENS = 1024;
/** Bytes that a token takes in a file, about: of text, of ids in a column, compressed several times less. */
const TOKEN_BYTES = { text: 4, ids: 2 };
const COMPRESSED = 4;
/** A document has at least about so many bytes: for choosing shares, where a wrong guess costs space or precision only. */
const DOCUMENT_BYTES = 5_000;
/** The samples of all shards hold about so many times what is left of them in the end, if nothing repeats: where much does, less is left. */
const SPARE = 4;

/**
 * Freezes what a scan consists of: files as they are now, shards, settings. The same files and options give the same manifest.
 *
 * @param keys  whose marks are looked for.
 * @param files how each is read.
 * @throws {CorpusError} if a file cannot be read.
 * @throws {RangeError} if an option is out of range.
 * @throws {TypeError} if an option has another name.
 */
export async function planScan(
  keys: readonly PlannedKey[],
  files: readonly PlannedFile[],
  options: ScanPlanOptions = {},
): Promise<Manifest> {
  checkOptionNames(options, OPTIONS, 'planScan');
  const { sample = 1, sampleSize = 2 ** 20, decoys = 0, seed } = options;
  if (!(sample > 0 && sample <= 1)) throw new RangeError(`"sample" expected 0 < sample <= 1, got ${sample}`);
  if (seed === undefined && (sample < 1 || decoys > 0)) {
    throw new RangeError('"seed" expected 64 hex digits for a sample or decoys, got none');
  }
  const { windowTokens = WINDOW_TOKENS } = options;
  if (!(Number.isSafeInteger(windowTokens) && windowTokens >= 0))
    throw new RangeError(`"windowTokens" expected an integer >= 0, got ${windowTokens}`);
  if (options.maxRecordBytes !== undefined) checkBytes('maxRecordBytes', options.maxRecordBytes);
  const { signal } = options;
  const states: ManifestFile[] = await askSeveral(
    files,
    async ({ location, reading, digests }) => ({
      location,
      reading,
      ...(digests ?? (await fileState(location, signal, options.byContent))),
    }),
    signal === undefined ? {} : { signal },
  );
  const all = await planShards(files, {
    ...(options.shardBytes === undefined ? {} : { shardBytes: options.shardBytes }),
    sizes: new Map(
      states.flatMap(({ location, size }) =>
        size === undefined || isUrl(location) ? [] : [[location, size]],
      ),
    ),
    ...(options.groupAbove === undefined ? {} : { groupAbove: options.groupAbove }),
    ...(signal === undefined ? {} : { signal }),
  });
  const shards = sample < 1 ? draw(all, sample, seed ?? '') : all;
  const tokens = shards.reduce((sum, shard) => sum + tokensOf(shard), 0);
  const text = shards.reduce((sum, shard) => sum + textBytes(shard), 0);
  const common = Math.max(...keys.map(({ params }) => params.commonShare));
  const fileNumbers = new Map(files.map(({ location }, i) => [location, i]));
  return {
    object: 'scan-manifest',
    version: 1,
    software: SOFTWARE,
    keys: keys.map(({ keyId, fingerprint }) => ({ keyId, params: fingerprint })),
    settings: {
      alpha: options.alpha ?? 1e-6,
      falseDiscoveryRate: options.falseDiscoveryRate ?? 1e-3,
      minTokens: options.minTokens ?? 50,
      normalization: options.normalization ?? 'invisible',
      sampleSize,
      sampleLevel: Math.max(0, Math.floor(Math.log2((tokens * common) / (SPARE * sampleSize)))),
      documentShare: Math.min(1, (SPARE * SAMPLE_DOCUMENTS) / Math.max(1, text / DOCUMENT_BYTES)),
      maxRecordBytes: options.maxRecordBytes ?? 64 * 2 ** 20,
      decoys,
      ...(seed === undefined ? {} : { seed }),
      ...(windowTokens === 0 ? {} : { windowTokens }),
      ...(options.languages === false ? {} : { languages: true as const }),
    },
    files: states,
    shards: shards.map(({ location, range, bytes, files: grouped }) => ({
      file: fileNumbers.get(location) ?? 0,
      ...(grouped === undefined ? {} : { files: grouped.length }),
      ...(range === undefined ? {} : { range }),
      ...(bytes === undefined ? {} : { bytes }),
    })),
    totalShards: all.length,
    ...options.leftOut,
  };
}

/** About how many tokens a shard has. */
export function tokensOf(shard: PlannedShard): number {
  if (shard.files !== undefined) return shard.files.reduce((sum, file) => sum + tokensOf(file), 0);
  const { layout, idBytes } = shard.reading;
  if (layout.kind !== 'ids') return textBytes(shard) / TOKEN_BYTES.text;
  const perToken = idBytes ?? (shard.reading.format === 'parquet' ? TOKEN_BYTES.ids : TOKEN_BYTES.text);
  return ((shard.bytes ?? 0) * packing(shard.reading, false)) / perToken;
}

function textBytes(shard: PlannedShard): number {
  if (shard.files !== undefined) return shard.files.reduce((sum, file) => sum + textBytes(file), 0);
  return (shard.bytes ?? 0) * packing(shard.reading, true);
}

function packing({ compression, format }: FileLayout, isText: boolean): number {
  if (compression !== 'none') return COMPRESSED;
  return isText && format === 'parquet' ? COMPRESSED / 2 : 1;
}

// The shards with the smallest hashes, in the order of these: a random order that only the seed decides.
function draw(shards: readonly PlannedShard[], share: number, seed: string): PlannedShard[] {
  const hashes = shards.map((shard, i) => ({
    shard,
    hash: createHash('sha256').update(`countermark shard order ${seed} ${i}`).digest('hex'),
  }));
  hashes.sort((a, b) => (a.hash < b.hash ? -1 : 1));
  return hashes.slice(0, Math.ceil(share * shards.length)).map(({ shard }) => shard);
}
