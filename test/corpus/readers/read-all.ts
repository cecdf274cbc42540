import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileLayout } from '@countermark/corpus';
import {
  type CorpusDocument,
  type ReadOptions,
  type RecordFailure,
  readShard,
  type ShardCount,
  type ShardSource,
} from '@countermark/corpus/internal';
import { onTestFinished } from 'vitest';

/** Everything that a shard held. */
export interface ReadAll {
  readonly documents: CorpusDocument[];
  readonly failures: RecordFailure[];
  readonly count: ShardCount;
}

/** Reads a shard to its end. */
export async function readAll(shard: ShardSource, options: ReadOptions = {}): Promise<ReadAll> {
  const documents: CorpusDocument[] = [];
  const failures: RecordFailure[] = [];
  const batches = readShard(shard, options);
  for (;;) {
    const next = await batches.next();
    if (next.done) return { documents, failures, count: next.value };
    for (const { document, failure } of next.value) {
      if (document !== undefined) documents.push(document);
      if (failure !== undefined) failures.push(failure);
    }
  }
}

/** Reads bytes as a file. */
export async function readBytes(
  content: string | Uint8Array,
  reading: FileLayout,
  options: ReadOptions = {},
): Promise<ReadAll> {
  return readAll({ location: writeFile('file', content), reading }, options);
}

/** Writes a file that is gone after the test. */
export function writeFile(name: string, content: string | Uint8Array): string {
  const path = join(makeDirectory(), name);
  writeFileSync(path, content);
  return path;
}

/** Makes a directory that is gone after the test. */
export function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'countermark-readers-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The texts of documents, all segments one after the other. */
export function textsOf({ documents }: ReadAll): string[] {
  return documents.flatMap(({ segments }) => segments as readonly string[]);
}

/** The token ids of documents, a list each. */
export function idsOf({ documents }: ReadAll): number[][] {
  return documents.map(({ segments }) => (segments as readonly Uint32Array[]).flatMap((ids) => [...ids]));
}

/** JSON lines with a text each. */
export const JSONL: FileLayout = {
  format: 'jsonl',
  compression: 'none',
  layout: { kind: 'text', field: 'text' },
};
