import { unlink } from 'node:fs/promises';
import { nameFile, putInPlace, syncFile, temporaryBeside } from '@countermark/host';
import { fileWriter, type ParquetWriter } from 'hyparquet-writer';
import { appendGroup, type EncodedGroup, openTable } from './document-table.ts';

/** Writes a table of documents group by group, to be put in place when it is whole. */
export class DocumentWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #table: ParquetWriter;
  #rows = 0;

  /**
   * @param path of the file; nothing is there before {@link putInPlace}.
   * @throws {Error} the system's, as all of these do, naming the file.
   */
  constructor(path: string) {
    this.#path = path;
    this.#temporary = temporaryBeside(path);
    try {
      this.#table = openTable(fileWriter(this.#temporary));
    } catch (error) {
      throw nameFile(error, path);
    }
  }

  /** Rows that were added. */
  get rows(): number {
    return this.#rows;
  }

  /** Adds a group of documents. */
  async add(group: EncodedGroup): Promise<void> {
    this.#rows += group.rows;
    await this.#naming(appendGroup(this.#table, group));
  }

  /** Completes the file. */
  async finish(): Promise<void> {
    await this.#naming(this.#complete());
  }

  /** Puts the completed file in place. */
  async putInPlace(): Promise<void> {
    await this.#naming(putInPlace(this.#temporary, this.#path));
  }

  /** Removes what was written. */
  async abandon(): Promise<void> {
    await unlink(this.#temporary).catch(() => undefined);
  }

  async #complete(): Promise<void> {
    await this.#table.finish();
    await syncFile(this.#temporary);
  }

  async #naming(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      throw nameFile(error, this.#path);
    }
  }
}
