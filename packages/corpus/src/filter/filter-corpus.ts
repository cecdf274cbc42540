/** Writes a corpus without its detected documents, or only these. */

import { copyFile, mkdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { putOnce, syncFile, temporaryBeside } from '@countermark/host';
import type { ShardSource } from '../documents/layout.ts';
import { CorpusError } from '../errors.ts';
import { checkUnchanged } from '../manifest/file-state.ts';
import type { Manifest, ManifestFile } from '../manifest/manifest.ts';
import { isUrl, openSource } from '../readers/bytes/open-source.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import { StreamDamage } from '../readers/bytes/stream-damage.ts';
import { textContent } from '../readers/bytes/text-content.ts';
import { beginRead } from '../readers/read-options.ts';
import { detectedRecords, type FileRecords } from './detected-records.ts';
import { whyUncut } from './filterable.ts';
import { jsonCuts } from './json-cuts.ts';
import { lineCuts } from './line-cuts.ts';
import { outputPaths } from './output-paths.ts';
import { readScannedFiles } from './scan-result.ts';
import { writeKept } from './write-kept.ts';

/** What is written. */
export interface FilterOptions {
  /** Only records with a detected document, instead of all others. */
  readonly only?: boolean;
  /** Whether records that could not be read are left out too; with `only` they always are. */
  readonly dropFailures?: boolean;
  /** Ends the work with its reason; nothing is put in place then. */
  readonly signal?: AbortSignal;
}

/** What became of one file. */
export interface FilteredFile {
  readonly file: string;
  readonly records: number;
  /** Records with a detected document, or an exact copy of one. */
  readonly detected: number;
  /** Records that could not be read. */
  readonly failed: number;
  readonly kept: number;
  /** Where it was written; null where no record was kept. */
  readonly written: string | null;
}

type Task = FilteredFile & { readonly from: ManifestFile; readonly isLeftOut: (record: number) => boolean };

/**
 * Writes the files of a scanned corpus again, without records that hold a detected document or an exact copy of one, or only these. Bytes
 * and order of the records that are kept are those of the input; so is the compression.
 *
 * All files are written before the first is put in place, each whole.
 *
 * @param result    directory with `summary.json` and `documents.parquet`.
 * @param directory where the files go, under the paths that they have below their common folder.
 * @throws {CorpusError} `changed` if a file is not what was scanned; `parts-unfit` if the result is of another plan; `unsupported`, with a
 *   line a file, if parts of files would have to be left out that cannot be, or something would be overwritten.
 * @throws {Error} the system's.
 */
export async function filterCorpus(
  manifest: Manifest,
  result: string,
  directory: string,
  options: FilterOptions = {},
): Promise<FilteredFile[]> {
  const scanned = await readScannedFiles(result, manifest);
  const records = await detectedRecords(result, scanned);
  const targets = await outputPaths(
    manifest.files.map(({ location }) => location),
    directory,
  );
  const tasks = manifest.files.map((from, i): Task => {
    const { file = '', records: count = 0 } = scanned.files[i] ?? {};
    return taskOf(from, file, count, records[i], targets[i] ?? '', options);
  });
  const refused = tasks.flatMap(({ from, file, kept, records: all, written }) => {
    if (isUrl(from.location)) return [`${file}: is an address: fetch it, and scan the file`];
    const why = written === null || kept === all ? undefined : whyUncut(from.reading);
    return why === undefined ? [] : [`${file}: ${why}`];
  });
  if (refused.length > 0)
    throw new CorpusError('unsupported', 'some files cannot be written without a part of their records', {
      details: refused,
    });
  await writeAll(tasks, manifest, options.signal);
  return tasks.map(({ from: _, isLeftOut: __, ...filtered }) => filtered);
}

function taskOf(
  from: ManifestFile,
  file: string,
  records: number,
  found: FileRecords | undefined,
  target: string,
  { only = false, dropFailures = false }: FilterOptions,
): Task {
  const detected = found?.detected.size ?? 0;
  const failed = records - (found?.read.size ?? 0);
  const kept = only ? detected : records - detected - (dropFailures ? failed : 0);
  // A file without any record is a part of the corpus all the same.
  const isWritten = kept > 0 || (records === 0 && !only);
  const isLeftOut = (record: number): boolean => {
    const isDetected = found?.detected.has(record) ?? false;
    if (only) return !isDetected;
    return isDetected || (dropFailures && !(found?.read.has(record) ?? false));
  };
  return { file, records, detected, failed, kept, written: isWritten ? target : null, from, isLeftOut };
}

async function writeAll(
  tasks: readonly Task[],
  { settings }: Manifest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ready: { temporary: string; target: string }[] = [];
  try {
    for (const task of tasks) {
      signal?.throwIfAborted();
      const begun = await checkUnchanged(task.from, signal);
      if (task.written === null) continue;
      await mkdir(dirname(task.written), { recursive: true });
      const temporary = temporaryBeside(task.written);
      ready.push({ temporary, target: task.written });
      await writeFile(task, task.written, temporary, settings.maxRecordBytes, signal);
      await checkUnchanged(task.from, signal, begun);
    }
    for (const { temporary, target } of ready) {
      if (!(await putOnce(temporary, target, 'hold')))
        throw new CorpusError('unsupported', `${target}: somebody else has written it meanwhile`);
    }
  } catch (error) {
    for (const { temporary } of ready) await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

async function writeFile(
  { from, file, records, kept, isLeftOut }: Task,
  target: string,
  temporary: string,
  maxRecordBytes: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { location, reading } = from;
  if (kept === records) {
    await copyFile(location, temporary);
    await syncFile(temporary);
    return;
  }
  const shard: ShardSource = { location, reading };
  const state = beginRead({ maxRecordBytes, ...(signal === undefined ? {} : { signal }) });
  const source = await openSource(location, state);
  try {
    const found =
      reading.format === 'parquet'
        ? await (await import('./parquet-rows.ts')).writeParquetRows(
            shard,
            source,
            isLeftOut,
            temporary,
            target,
          )
        : await writeCut();
    if (found !== records)
      throw new CorpusError('parts-unfit', `${file}: has ${found} records, and the scan read ${records}`);
  } catch (error) {
    if (error instanceof StreamDamage)
      throw new CorpusError('damaged', `${shownLocation(location)}: ${error.message}`, { cause: error });
    if (error instanceof CorpusError && error.code === 'unsupported')
      throw new CorpusError('unsupported', `${file}: cannot be written in part: ${error.message}`);
    throw error;
  } finally {
    await source.close();
  }

  async function writeCut(): Promise<number> {
    const found =
      reading.format === 'json'
        ? await jsonCuts(textContent(source, reading), reading.recordsField, isLeftOut)
        : await lineCuts(shard, source, state, isLeftOut);
    if ((source.leftOver ?? 0) > 0)
      throw new CorpusError('unsupported', 'bytes stand after the end of its compressed data');
    await writeKept(textContent(source, reading), found.cuts, reading.compression, temporary, target);
    return found.records;
  }
}
