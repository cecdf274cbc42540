import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { CorpusError } from '../errors.ts';
import { DOCUMENTS, isDocumentsFile } from '../files/scan-files.ts';
import { RecordSet } from './record-set.ts';
import type { ScannedFiles } from './scan-result.ts';

/** Which records of a file hold documents, and which of them a detected one. */
export interface FileRecords {
  /** Records with a detected document, or an exact copy of one. */
  readonly detected: RecordSet;
  /** Records with any document. Those in none could not be read. */
  readonly read: RecordSet;
}

interface Row {
  readonly file: string;
  readonly record: bigint;
  readonly verdict: string;
  readonly content_hash: string;
}

/**
 * Reads from a scan's `documents.parquet` which records hold a detected document.
 *
 * @returns one for each file of the scan.
 * @throws {CorpusError} `parts-unfit` if the table is not of this result.
 * @throws {Error} the system's, if it cannot be read.
 */
export async function detectedRecords(
  directory: string,
  { documents, files }: ScannedFiles,
): Promise<FileRecords[]> {
  const tables = await openTables(directory);
  const rows = tables.reduce((sum, { metadata }) => sum + Number(metadata.num_rows), 0);
  if (rows !== documents)
    throw new CorpusError(
      'parts-unfit',
      `${join(directory, DOCUMENTS)}: has ${rows} documents, and summary.json ${documents}`,
    );
  // Copies have the same verdict; that they are left out with the others does not rest on it.
  const hashes = new Set<string>();
  for await (const { verdict, content_hash } of rowsOf(tables)) {
    if (verdict === 'detected') hashes.add(content_hash);
  }
  const numbers = new Map(files.map(({ file: name }, i) => [name, i]));
  const found = files.map(({ records }) => ({
    detected: new RecordSet(records),
    read: new RecordSet(records),
  }));
  for await (const { file: name, record, content_hash } of rowsOf(tables)) {
    const records = found[numbers.get(name) ?? -1];
    if (records === undefined)
      throw new CorpusError(
        'parts-unfit',
        `${join(directory, DOCUMENTS)}: names a file that summary.json does not have`,
      );
    records.read.add(Number(record));
    if (hashes.has(content_hash)) records.detected.add(Number(record));
  }
  return found;
}

/** A file of documents. */
interface Table {
  readonly file: Awaited<ReturnType<typeof asyncBufferFromFile>>;
  readonly metadata: FileMetaData;
}

// In their order, if there are several.
async function openTables(directory: string): Promise<Table[]> {
  const names = (await readdir(directory)).filter(isDocumentsFile).sort();
  if (names.length === 0)
    throw new CorpusError(
      'parts-unfit',
      `${join(directory, DOCUMENTS)}: is not there; merge the scan again, with all documents`,
    );
  return Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const file = await asyncBufferFromFile(path);
      const metadata = await parquetMetadataAsync(file).catch((cause: unknown) => {
        throw new CorpusError('part-damaged', `${path}: has no Parquet footer that can be read`, { cause });
      });
      return { file, metadata };
    }),
  );
}

async function* rowsOf(tables: readonly Table[]): AsyncGenerator<Row> {
  for (const { file, metadata } of tables) {
    let rowStart = 0;
    for (const { num_rows } of metadata.row_groups) {
      const rowEnd = rowStart + Number(num_rows);
      const columns = ['file', 'record', 'verdict', 'content_hash'];
      yield* (await parquetReadObjects({ file, metadata, columns, rowStart, rowEnd })) as Row[];
      rowStart = rowEnd;
    }
  }
}
