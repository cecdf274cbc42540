/**
 * A backup: lines of JSON, gzip. The first says what it is of, the last that it is whole; each between has rows of a table as the database
 * writes them, so that nothing is rounded on the way.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { codeOf } from '@countermark/host/files';
import { z } from 'zod';
import { ServerError } from '../server-error.ts';

/** Thrown where a backup cannot be restored: it is damaged, or what it would be restored to is not as it has to be. */
export class RestoreError extends ServerError {
  override readonly name = 'RestoreError';
  override readonly code = 'restore-refused';
}

const Head = z.object({
  type: z.literal('countermark-backup'),
  version: z.literal(1),
  /** Version of the tables. */
  schema: z.int().min(1),
  software: z.string(),
  made: z.iso.datetime(),
  /** Knows the master key again that the vendor keys are sealed under, hex digits. */
  masterKeyProof: z.string().regex(/^[0-9a-f]{64}$/),
  /** What a server has beside its database; absent in backups of earlier releases. */
  notIncluded: z
    .object({
      /** Scans whose results are files below `scans` of the data directory, a directory of the scan's id each. */
      scanResults: z.int().min(0),
      /** Audits of models whose results and journals are files below `audits`; absent in backups of earlier releases. */
      auditResults: z.int().min(0).optional(),
    })
    .optional(),
});
/** What a backup says of itself. */
export type BackupHead = z.output<typeof Head>;

const End = z.object({
  type: z.literal('end'),
  rows: z.int().min(0),
  /** SHA-256 of all lines before, hex digits. */
  sha256: z.string(),
});

const ROWS = /^\{"table":"([a-z_]+)","count":(\d+),"rows":(\[.*\])\}$/s;

/** Rows of a table, as JSON text. */
export interface TableRows {
  readonly table: string;
  readonly count: number;
  readonly rows: string;
}

/** Writes the lines of a backup, without their ends. */
export class BackupLines {
  readonly #hash = createHash('sha256');
  #rows = 0;

  head(head: Omit<BackupHead, 'type' | 'version'>): string {
    return this.#line(JSON.stringify({ type: 'countermark-backup', version: 1, ...head }));
  }

  /** @param rows JSON objects, one or more. */
  rows(table: string, rows: readonly string[]): string {
    this.#rows += rows.length;
    return this.#line(`{"table":"${table}","count":${rows.length},"rows":[${rows.join(',')}]}`);
  }

  end(): string {
    return JSON.stringify({ type: 'end', rows: this.#rows, sha256: this.#hash.digest('hex') });
  }

  #line(line: string): string {
    this.#hash.update(line).update('\n');
    return line;
  }
}

/**
 * Reads a backup to its end, and checks that it is whole.
 *
 * @param onRows is given the rows, which are not known to be whole before the end; awaited.
 * @throws {RestoreError} if it is not a whole backup of this release's form.
 */
export async function readBackup(
  path: string,
  onRows: (rows: TableRows) => Promise<void> = async () => undefined,
): Promise<BackupHead> {
  const hash = createHash('sha256');
  let head: BackupHead | undefined;
  let count = 0;
  let isWhole = false;
  for await (const line of linesOf(path)) {
    if (isWhole) throw damaged(path);
    if (head === undefined) {
      head = parsed(Head, line, `${path}: not a backup of this release's form`);
    } else {
      const [, table, number, rows] = ROWS.exec(line) ?? [];
      if (table === undefined || rows === undefined) {
        const end = parsed(End, line, damaged(path).message);
        if (end.rows !== count || end.sha256 !== hash.digest('hex')) throw damaged(path);
        isWhole = true;
        continue;
      }
      count += Number(number);
      await onRows({ table, count: Number(number), rows });
    }
    hash.update(line).update('\n');
  }
  if (head === undefined || !isWhole) throw damaged(path);
  return head;
}

async function* linesOf(path: string): AsyncGenerator<string, void, void> {
  const file = createReadStream(path);
  const unpacked = createGunzip();
  file.on('error', (error) => unpacked.destroy(error));
  file.pipe(unpacked);
  let fault: unknown;
  unpacked.on('error', (error) => {
    fault = error;
  });
  try {
    yield* createInterface({ input: unpacked, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    fault ??= error;
  } finally {
    file.destroy();
    unpacked.destroy();
  }
  if (fault === undefined) return;
  if (codeOf(fault).startsWith('Z_')) throw damaged(path, fault);
  throw fault;
}

function parsed<T>(schema: z.ZodType<T>, line: string, message: string): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    throw new RestoreError(message, { cause });
  }
}

function damaged(path: string, cause?: unknown): RestoreError {
  return new RestoreError(`${path}: the backup is cut short or damaged`, { cause });
}
