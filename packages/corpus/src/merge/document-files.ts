import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import { DOCUMENTS, documentsFile, isDocumentsFile } from '../files/scan-files.ts';
import { CREATED_BY, type EncodedGroup, encodeGroup, GROUP_ROWS, type ResultRow } from './document-table.ts';
import { DocumentWriter } from './document-writer.ts';

/** The table of a result's documents, in one file or several, or none. All are put in place together, once all are whole. */
export class DocumentFiles {
  readonly #directory: string;
  readonly #perFile: number | undefined;
  readonly #done: DocumentWriter[] = [];
  readonly #names: string[] = [];
  #open: DocumentWriter | undefined;
  #rows: ResultRow[] = [];

  /**
   * @param directory where they go.
   * @param perFile   documents after which another file is begun, with the next group of rows; undefined for one file, which is there without rows too.
   */
  constructor(directory: string, perFile: number | undefined) {
    this.#directory = directory;
    this.#perFile = perFile;
    if (perFile === undefined) this.#begin(DOCUMENTS);
  }

  /** Adds a group of documents. */
  async addGroup(group: EncodedGroup): Promise<void> {
    if (this.#open !== undefined && this.#open.rows >= (this.#perFile ?? Infinity)) await this.#close();
    const open = this.#open ?? this.#begin(documentsFile(this.#names.length));
    await open.add(group);
  }

  /** Adds documents one by one. */
  async addRows(rows: readonly ResultRow[]): Promise<void> {
    for (const row of rows) {
      this.#rows.push(row);
      if (this.#rows.length === GROUP_ROWS) await this.#flush();
    }
  }

  /** Completes the files and puts them in place, and removes those of an earlier table that had others. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#close();
    for (const file of this.#done) await file.putInPlace();
    await removeDocuments(this.#directory, this.#names);
  }

  /** Removes what was written. */
  async abandon(): Promise<void> {
    for (const file of [...this.#done, ...(this.#open === undefined ? [] : [this.#open])])
      await file.abandon();
  }

  #begin(name: string): DocumentWriter {
    this.#open = new DocumentWriter(join(this.#directory, name));
    this.#names.push(name);
    return this.#open;
  }

  async #close(): Promise<void> {
    if (this.#open === undefined) return;
    await this.#open.finish();
    this.#done.push(this.#open);
    this.#open = undefined;
  }

  async #flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    await this.addGroup(await encodeGroup(this.#rows));
    this.#rows = [];
  }
}

/** Removes the files of an earlier table, but for some. A file that only has such a name is somebody's. */
export async function removeDocuments(directory: string, but: readonly string[] = []): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!isDocumentsFile(name) || but.includes(name)) continue;
    const path = join(directory, name);
    if (await isOwn(path)) await unlink(path);
  }
}

async function isOwn(path: string): Promise<boolean> {
  try {
    return (await parquetMetadataAsync(await asyncBufferFromFile(path))).created_by === CREATED_BY;
  } catch {
    return false;
  }
}
