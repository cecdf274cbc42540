/** Scans of corpora of token ids on this thread, without a command: for thousands of them. */
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AccountList,
  createStopRule,
  type FileLayout,
  formatPart,
  type Manifest,
  manifestDigest,
  mergeScan,
  PartStore,
  planScan,
  type ScanPlanOptions,
  type ScanSummary,
  scanShard,
  surveyParts,
} from '@countermark/corpus';
import type { WatermarkKey } from '@countermark/watermark';

/** The id that ends a document in the files that {@link writeCorpus} writes: no tokenizer has it. */
const END = 0xffffffff;
const READING: FileLayout = {
  format: 'bin',
  compression: 'none',
  layout: { kind: 'ids', field: '' },
  idBytes: 4,
  endOfText: END,
};

/** How a corpus is scanned. */
export interface ScanIdsOptions extends ScanPlanOptions {
  readonly accounts?: AccountList;
  /** How the files are read, if not as {@link writeCorpus} writes them. */
  readonly reading?: FileLayout;
  /** Whether a stop rule is said to have watched (default: if one does). */
  readonly watched?: boolean;
  /** Whether the scan stops where the evidence suffices. */
  readonly stop?: boolean;
  /** Of the shards, how many are merged: as if the scan had stopped after them. */
  readonly merged?: number;
}

/** A result, and what was kept for it. */
export interface ScannedIds {
  readonly summary: ScanSummary;
  readonly manifest: Manifest;
  /** Bytes of each part, `[shards]`. */
  readonly partBytes: readonly number[];
}

/** Makes a directory, and removes it when `use` is done with it. */
export async function inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'countermark-ids-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Writes documents `[files][documents]` to files of their own, named `prefix` and a number; returns their paths. */
export async function writeCorpus(
  directory: string,
  files: readonly (readonly Uint32Array[])[],
  prefix = '',
): Promise<string[]> {
  const paths: string[] = [];
  for (const [i, documents] of files.entries()) {
    const ids = new Uint32Array(documents.reduce((sum, { length }) => sum + length + 1, 0));
    let at = 0;
    for (const document of documents) {
      ids.set(document, at);
      at += document.length;
      ids[at++] = END;
    }
    const path = join(directory, `${prefix}${i}.bin`);
    await writeFile(path, ids);
    paths.push(path);
  }
  return paths;
}

/** Plans, scans and merges. Parts and table go to `directory`/`name`. */
export async function scanIds(
  keys: readonly WatermarkKey[],
  paths: readonly string[],
  directory: string,
  name: string,
  options: ScanIdsOptions = {},
): Promise<ScannedIds> {
  const { accounts, reading = READING, stop = false, watched = stop, merged: first, ...planned } = options;
  let merged = first;
  const manifest = await planScan(
    keys,
    paths.map((location) => ({ location, reading })),
    planned,
  );
  const out = join(directory, name);
  await mkdir(out);
  const store = new PartStore(out, manifestDigest(manifest));
  const tools = { keys, tokenizers: [] };
  const partBytes: number[] = [];
  const isEnough = stop ? createStopRule(manifest, keys) : () => false;
  for (const shard of manifest.shards.keys()) {
    const part = await scanShard(manifest, shard, tools);
    await store.publish(shard, formatPart(part, manifest.settings.sampleSize));
    partBytes.push((await stat(store.path(shard))).size);
    if (isEnough(part)) {
      merged = shard + 1;
      break;
    }
  }
  const survey = await surveyParts([out], manifest.shards.length);
  const { summary } = await mergeScan(manifest, survey, tools, out, {
    ...(accounts === undefined ? {} : { accounts }),
    watched,
    ...(merged === undefined ? {} : { shards: merged }),
  });
  return { summary, manifest, partBytes };
}
