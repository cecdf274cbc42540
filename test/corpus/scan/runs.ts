/** Corpora of token ids, and scans of them by the built command. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom, type WatermarkKey } from '@countermark/watermark';
import { expect } from 'vitest';
import { type Ended, run } from '../../cli/command.ts';
import { writeKey } from '../../cli/fixtures.ts';
import { markedIds } from '../../support/marked-ids.ts';
import { keyFrom, randomIds } from '../../support/random-key.ts';

/** Ids of the tests' vocabulary; the last ends a document. */
export const VOCAB = 1000;
/** The id that ends a document. */
export const END = VOCAB - 1;
/** How the command is told what the files are. */
export const READING: readonly string[] = ['--id-bytes', '2', '--end-of-text', `${END}`];
/** The files of a result. */
export const RESULT = ['documents.parquet', 'report.html', 'summary.json'] as const;

/** A corpus with the key that it is scanned for. */
export interface Corpus {
  readonly key: WatermarkKey;
  readonly keyFile: string;
  /** Directory of the files. */
  readonly path: string;
  readonly files: readonly string[];
}

/** How a corpus is made. */
export interface CorpusOptions {
  readonly files: number;
  /** Documents of a file. */
  readonly documents: number;
  /** Tokens of a document. */
  readonly tokens: number;
  /** The first document of so many files is marked (default 0). */
  readonly marked?: number;
}

/** Writes files of documents of random token ids, each file one shard. */
export function writeCorpus(directory: string, options: CorpusOptions): Corpus {
  const { files, documents, tokens, marked = 0 } = options;
  const key = keyFrom('scan', VOCAB);
  const keyFile = writeKey(join(directory, 'vendor.key'), key);
  const path = join(directory, 'corpus');
  mkdirSync(path);
  const random = seededRandom('scan');
  const names = Array.from({ length: files }, (_, file) => {
    const name = join(path, `${String(file).padStart(3, '0')}.bin`);
    const rows = Array.from({ length: documents }, (__, i) =>
      i === 0 && file < marked
        ? markedIds(key, undefined, tokens, file).map((id) => Math.min(id, END - 1))
        : randomIds(random, tokens, END),
    );
    writeFileSync(name, toBytes(rows));
    return name;
  });
  return { key, keyFile, path, files: names };
}

/** Writes documents as a file of 16-bit ids holds them. */
export function toBytes(documents: readonly Uint32Array[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(documents.flatMap((ids) => [...ids, END])).buffer);
}

/** The arguments that scan a corpus. */
export function scanArgs({ keyFile, path }: Corpus, out: string, ...more: readonly string[]): string[] {
  return ['scan', '--key', keyFile, ...READING, '--out', out, ...more, path];
}

/** Runs the command, which has to succeed. */
export async function succeed(args: readonly string[]): Promise<Ended> {
  const ended = await run(args);
  expect(ended, args.join(' ')).toMatchObject({ status: 0 });
  return ended;
}

/** Digests of the three files of a result. */
export function resultOf(directory: string): Record<string, string> {
  return Object.fromEntries(
    RESULT.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(directory, name)))
        .digest('hex'),
    ]),
  );
}

/** Names of the result's files that are there, whole or in part. */
export function resultsIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).filter((name) => RESULT.some((file) => name.includes(file)));
}

/** Path of a shard's part. */
export function partOf(directory: string, shard: number): string {
  return join(directory, 'parts', `part-${String(shard).padStart(6, '0')}.cmp`);
}

/** Whether names are those of temporary files, which nobody takes for parts or results. */
export function isTemporary(name: string): boolean {
  return /^\..+\.[0-9a-f]{12}\.tmp$/.test(name);
}
