/** The program of a worker thread: scans shards and publishes their parts. */
import { workerData } from 'node:worker_threads';
import { CorpusError } from '../errors.ts';
import { manifestDigest, parseManifest } from '../manifest/manifest.ts';
import { formatPart } from '../parts/part.ts';
import { PartStore } from '../parts/part-store.ts';
import { openTools } from './open-tools.ts';
import { scanShard } from './scan-shard.ts';
import {
  LOG10_STRONG,
  type ScanAnswer,
  type ScanOutcome,
  type ScanTask,
  SLOTS,
  type WorkerSetup,
} from './scan-task.ts';
import { WorkClock } from './work-clock.ts';
import { toWorkerError } from './worker-error.ts';

const setup = findSetup(workerData);
const manifest = parseManifest(setup.manifest);
const store = new PartStore(setup.parts, manifestDigest(manifest), setup.s3);
const tools = await openTools(manifest, setup.keyFiles, setup.tokenizers);

/** Scans one shard. Named by the pool. */
export async function work(task: ScanTask): Promise<ScanAnswer> {
  try {
    return { outcome: await scan(task) };
  } catch (error) {
    return { error: toWorkerError(error) };
  }
}

async function scan({ shard, refused, counters, clock: memory }: ScanTask): Promise<ScanOutcome> {
  const clock = new WorkClock(memory);
  const slots = new Float64Array(counters);
  const count = (slot: number, by: number): void => {
    slots[slot] = (slots[slot] ?? 0) + by;
  };
  const part = await scanShard(manifest, shard, tools, {
    refused,
    strict: setup.strict,
    progress: {
      at(record) {
        if (record === undefined) clock.end();
        else clock.begin(record);
      },
      scored(tokens, log10PValue) {
        count(SLOTS.documents, 1);
        count(SLOTS.tokens, tokens);
        if (log10PValue <= LOG10_STRONG) count(SLOTS.strong, 1);
      },
      read(bytes) {
        count(SLOTS.bytes, bytes);
      },
    },
  });
  await store.publish(shard, formatPart(part, manifest.settings.sampleSize));
  return {
    shard,
    documents: part.documents.length,
    tokens: part.tokens,
    failed: part.failed.records,
    bytes: part.bytes,
    strong: slots[SLOTS.strong] ?? 0,
  };
}

// The pool passes its data beside what it needs itself.
function findSetup(data: unknown): WorkerSetup {
  const found: unknown = Array.isArray(data) ? data.find((one) => one !== null && 'keyFiles' in one) : data;
  if (typeof found !== 'object' || found === null || !('keyFiles' in found)) {
    throw new CorpusError('unsupported', 'a worker was started without its setup');
  }
  return found as WorkerSetup;
}
