import { type FileHandle, open } from 'node:fs/promises';
import {
  type FileLock,
  FileLockedError,
  FileLostError,
  lockFile,
  nameFile,
  writeWholeOnce,
} from '@countermark/host';
import { AuditError } from '../audit-error.ts';
import { type AuditTerms, differencesOf, termsDigest } from '../terms/audit-terms.ts';
import type { AuditEnd, JournalAnswer, JournalEntry } from './journal-entry.ts';
import { readEntry, readJournal } from './journal-lines.ts';
import { Spending, type Spent, type TokenCost } from './spending.ts';

/** A line that waits to be written, and who waits for it. */
interface Waiting {
  readonly entry: JournalEntry;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Place {
  readonly offset: number;
  readonly length: number;
}

/**
 * What an audit asked and was answered, one JSON line after another, flushed before it counts. One process has it at a time, and it belongs to one audit.
 *
 * Before a request its intention is written, so that a request in flight when the process was killed counts as spent.
 */
export class Journal {
  readonly terms: AuditTerms;
  readonly #path: string;
  readonly #lock: FileLock;
  readonly #file: FileHandle;
  readonly #spending: Spending;
  readonly #answers = new Map<number, Place>();
  readonly #givenUp = new Set<number>();
  #requests = 0;
  #end: AuditEnd | undefined;
  #size: number;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;

  /**
   * Opens a journal, or begins one where there is none.
   *
   * @param terms of the audit, with an endpoint.
   * @throws {AuditError} `journal-held`, `journal-other` naming what differs, or `journal-damaged`.
   */
  static async open(path: string, terms: AuditTerms): Promise<Journal> {
    const lock = await lockFile(`${path}.lock`).catch((error: unknown) => {
      if (!(error instanceof FileLockedError)) throw error;
      throw new AuditError('journal-held', `${path}: in use by ${error.holder}`, { cause: error });
    });
    try {
      const header = { kind: 'audit-journal', version: 1, digest: termsDigest(terms), terms };
      // Answers of others may be confidential.
      await writeWholeOnce(path, `${JSON.stringify(header)}\n`, { mode: 0o600, withoutLinks: 'hold' });
      const found: [JournalEntry, Place][] = [];
      const { terms: fixed, end } = await readJournal(path, ({ entry, offset, length }) => {
        found.push([withoutRecord(entry), { offset, length }]);
      });
      const details = differencesOf(fixed, terms);
      if (details.length > 0) {
        throw new AuditError('journal-other', `${path}: it is the journal of another audit`, { details });
      }
      const file = await open(path, 'r+');
      try {
        // What is behind the last whole line was never acknowledged.
        await file.truncate(end);
        await file.sync();
        const journal = new Journal(path, terms, lock, file, end);
        for (const [entry, place] of found) journal.#take(entry, place);
        return journal;
      } catch (error) {
        await file.close();
        throw error;
      }
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  private constructor(path: string, terms: AuditTerms, lock: FileLock, file: FileHandle, size: number) {
    if (terms.endpoint === undefined) throw new TypeError('"terms" expected those of an endpoint');
    this.#path = path;
    this.terms = terms;
    this.#lock = lock;
    this.#file = file;
    this.#size = size;
    this.#spending = new Spending(terms.endpoint.budget);
  }

  /** Whether there is an answer. */
  hasAnswer(answer: number): boolean {
    return this.#answers.has(answer);
  }

  /** Whether there is an answer, or it was given up. */
  isSettled(answer: number): boolean {
    return this.#answers.has(answer) || this.#givenUp.has(answer);
  }

  /** Number of answers. */
  get answers(): number {
    return this.#answers.size;
  }

  /** Number of answers that were given up. */
  get givenUp(): number {
    return this.#givenUp.size;
  }

  /** How the audit came to its end; undefined before. */
  get end(): AuditEnd | undefined {
    return this.#end;
  }

  /** What was spent so far. */
  spent(): Spent {
    return this.#spending.spent();
  }

  /** Whether another request fits the budget. */
  fits(bound: TokenCost): boolean {
    return this.#spending.fits(bound);
  }

  /**
   * Writes that a request will be sent, and counts it by its bound from now on.
   *
   * @returns the request's number.
   */
  async ask(answer: number, { input, output }: TokenCost): Promise<number> {
    const entry = { kind: 'ask', request: this.#requests, answer, input, output } as const;
    // Counted before anything is waited for: two that ask at once must both fit.
    this.#take(entry, NOWHERE);
    await this.#append(entry);
    return entry.request;
  }

  /** Writes an answer; it counts once this is done. */
  async answer(entry: Omit<JournalAnswer, 'kind'>): Promise<void> {
    await this.#append({ kind: 'answer', ...entry });
  }

  /** Writes that a request failed, and what it cost, where that is known. */
  async failed(request: number, answer: number, why: string, cost?: TokenCost): Promise<void> {
    await this.#append({ kind: 'failed', request, answer, why, ...(cost ?? {}) });
  }

  /** Writes that an answer is not asked for any more. */
  async giveUp(answer: number, why: string): Promise<void> {
    await this.#append({ kind: 'given-up', answer, why });
  }

  /** Writes that nothing more will be asked. */
  async finish(how: AuditEnd): Promise<void> {
    if (this.#end === undefined) await this.#append({ kind: 'end', how });
  }

  /** Reads an answer that was written. */
  async read(answer: number): Promise<JournalAnswer> {
    const place = this.#answers.get(answer);
    if (place === undefined) throw new RangeError(`"answer" expected one that was written, got ${answer}`);
    return readAnswerAt(this.#file, place, this.#path);
  }

  /** Closes the file and gives the journal back. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
    await this.#lock.release();
  }

  #append(entry: JournalEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      this.#writing ??= this.#write().finally(() => {
        this.#writing = undefined;
      });
    });
  }

  // What came while others were flushed is flushed together.
  async #write(): Promise<void> {
    for (let batch = this.#waiting; batch.length > 0; batch = this.#waiting) {
      this.#waiting = [];
      try {
        await this.#lock.check();
        const lines = batch.map(({ entry }) => Buffer.from(`${JSON.stringify(entry)}\n`));
        await writeAt(this.#file, Buffer.concat(lines), this.#size);
        await this.#file.datasync();
        await this.#lock.check();
        for (const [i, { entry, resolve }] of batch.entries()) {
          const length = lines[i]?.length ?? 0;
          if (entry.kind !== 'ask') this.#take(withoutRecord(entry), { offset: this.#size, length });
          this.#size += length;
          resolve();
        }
      } catch (error) {
        const fault =
          error instanceof FileLostError
            ? new AuditError('journal-held', `${this.#path}: another process has taken it over`, {
                cause: error,
              })
            : nameFile(error, this.#path);
        for (const { reject } of batch) reject(fault);
      }
    }
  }

  #take(entry: JournalEntry, place: Place): void {
    switch (entry.kind) {
      case 'ask':
        this.#requests = Math.max(this.#requests, entry.request + 1);
        this.#spending.reserve(entry.request, entry);
        return;
      case 'answer':
        this.#spending.settle(entry.request, entry);
        this.#answers.set(entry.answer, place);
        return;
      case 'failed': {
        const { input, output } = entry;
        const isKnown = input !== undefined && output !== undefined;
        this.#spending.settle(entry.request, isKnown ? { input, output } : undefined);
        return;
      }
      case 'given-up':
        this.#givenUp.add(entry.answer);
        return;
      case 'end':
        this.#end = entry.how;
    }
  }
}

const NOWHERE: Place = { offset: 0, length: 0 };

/** Reads an answer whose place is known. */
async function readAnswerAt(
  file: FileHandle,
  { offset, length }: Place,
  path: string,
): Promise<JournalAnswer> {
  const line = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(line, at, length - at, offset + at);
    if (bytesRead === 0) throw new AuditError('journal-damaged', `${path}: it became shorter`);
    at += bytesRead;
  }
  const entry = readEntry(line, path);
  if (entry.kind !== 'answer') throw new AuditError('journal-damaged', `${path}: it was changed`);
  return entry;
}

async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

// Records are most of a journal, and are read again where they count.
function withoutRecord(entry: JournalEntry): JournalEntry {
  return entry.kind === 'answer' ? { ...entry, record: undefined } : entry;
}

/** A journal as records that anybody may audit again. */
export interface JournalRecords {
  readonly terms: AuditTerms;
  /** How the audit came to its end; undefined where it did not. */
  readonly end: AuditEnd | undefined;
  /** In the order in which they count. */
  records(): AsyncGenerator<unknown, void, void>;
}

/**
 * Reads the answers of a journal, which may be another process's.
 *
 * @throws {AuditError} `journal-damaged`.
 */
export async function readJournalRecords(path: string): Promise<JournalRecords> {
  const places = new Map<number, Place>();
  let how: AuditEnd | undefined;
  const { terms } = await readJournal(path, ({ entry, offset, length }) => {
    if (entry.kind === 'answer') places.set(entry.answer, { offset, length });
    if (entry.kind === 'end') how = entry.how;
  });
  async function* records(): AsyncGenerator<unknown, void, void> {
    const file = await open(path, 'r');
    try {
      for (const answer of [...places.keys()].sort((a, b) => a - b)) {
        yield (await readAnswerAt(file, places.get(answer) ?? NOWHERE, path)).record;
      }
    } finally {
      await file.close();
    }
  }
  return { terms, end: how, records };
}
