import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isJournalLine, readJournalRecords } from '@countermark/audit';
import { readJsonLines } from '@countermark/corpus';
import { about, CommandError, checkingValues } from '../command-error.ts';
import { ExitCode } from '../exit-code.ts';
import { inputName } from '../read-input.ts';
import { isParquet, readParquetRecords } from './parquet-records.ts';

/** A record of a file, and where it is. */
export interface PlacedRecord {
  readonly place: string;
  readonly value: unknown;
}

/** A file that is read several times, and has to be the same each time. What can be read only once is copied first. */
export class StableInput {
  /** For people. */
  readonly name: string;
  /** SHA-256 of its bytes. */
  readonly sha256: string;
  readonly #path: string;
  readonly #copy: string | undefined;

  /**
   * Reads a file's digest.
   *
   * @param path of a file, a pipe, or `-` for standard input.
   * @throws {Error} the system's.
   */
  static async open(path: string): Promise<StableInput> {
    const isFile = path !== '-' && !isReadOnce(await stat(path));
    if (isFile) return new StableInput(path, path, undefined, await digestOf(path));
    const copy = await mkdtemp(join(tmpdir(), 'countermark-audit-'));
    try {
      const copied = join(copy, 'input');
      const from = path === '-' ? process.stdin : createReadStream(path);
      await pipeline(from, createWriteStream(copied, { mode: 0o600 }));
      return new StableInput(inputName(path), copied, copy, await digestOf(copied));
    } catch (error) {
      await rm(copy, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(name: string, path: string, copy: string | undefined, sha256: string) {
    this.name = name;
    this.#path = path;
    this.#copy = copy;
    this.sha256 = sha256;
  }

  /**
   * Reads its records: JSON Lines, Parquet, or the answers of a journal in the order in which they count.
   *
   * @param onJournal told of a journal before its records.
   * @throws {CommandError} naming the record that is none, or `unfit` at the end if the file was changed.
   */
  async *records(
    onJournal: (journal: Awaited<ReturnType<typeof readJournalRecords>>) => void = () => undefined,
  ): AsyncGenerator<PlacedRecord, void, void> {
    if (await isParquet(this.#path)) return yield* this.#rows();
    const hash = createHash('sha256');
    let line = 0;
    for await (const read of readJsonLines(hashing(this.#path, hash))) {
      line++;
      const place = `${this.name}, record ${line}`;
      if (read.refusal !== undefined) throw new CommandError(`${place}: ${read.refusal.message}`);
      if (line === 1 && isJournalLine(read.value)) return yield* this.#journalRecords(onJournal);
      yield { place, value: read.value };
    }
    if (hash.digest('hex') !== this.sha256) throw this.#changed();
    if (line === 0) throw new CommandError(`${this.name}: has no record`);
  }

  /** Removes the copy, if there is one. */
  async close(): Promise<void> {
    if (this.#copy !== undefined) await rm(this.#copy, { recursive: true, force: true });
  }

  async *#rows(): AsyncGenerator<PlacedRecord, void, void> {
    let row = 0;
    const rows = readParquetRecords(this.#path);
    for (;;) {
      const place = `${this.name}, row ${++row}`;
      const next = await about(place, () => checkingValues(() => rows.next()));
      if (next.done === true) break;
      yield { place, value: next.value };
    }
    if ((await digestOf(this.#path)) !== this.sha256) throw this.#changed();
    if (row === 1) throw new CommandError(`${this.name}: has no record`);
  }

  async *#journalRecords(
    onJournal: (journal: Awaited<ReturnType<typeof readJournalRecords>>) => void,
  ): AsyncGenerator<PlacedRecord, void, void> {
    const journal = await readJournalRecords(this.#path);
    onJournal(journal);
    let answer = 0;
    for await (const value of journal.records()) {
      answer++;
      yield { place: `${this.name}, answer ${answer}`, value };
    }
    if ((await digestOf(this.#path)) !== this.sha256) throw this.#changed();
    if (answer === 0) throw new CommandError(`${this.name}: has no answer`);
  }

  #changed(): CommandError {
    return new CommandError(`${this.name}: it was changed while it was read`, ExitCode.unfit);
  }
}

/** Opens files in turn; none is left open where one fails. */
export async function openInputs(paths: readonly string[]): Promise<StableInput[]> {
  const inputs: StableInput[] = [];
  try {
    for (const path of paths) inputs.push(await StableInput.open(path));
    return inputs;
  } catch (error) {
    await closeInputs(inputs);
    throw error;
  }
}

/** Removes the copies of files. */
export async function closeInputs(inputs: readonly StableInput[]): Promise<void> {
  for (const input of inputs) await input.close();
}

// A directory is told by whoever reads it.
function isReadOnce(state: Awaited<ReturnType<typeof stat>>): boolean {
  return state.isFIFO() || state.isSocket() || state.isCharacterDevice();
}

async function* hashing(path: string, hash: ReturnType<typeof createHash>): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Uint8Array);
    yield chunk as Uint8Array;
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
