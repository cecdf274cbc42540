import { open } from 'node:fs/promises';
import { readParquetRows } from '@countermark/corpus';

const MAGIC = 'PAR1';
const TEXTS = ['prompt', 'before', 'answer'];
const LISTS = ['predictions', 'reference'];
const COLUMNS = [...TEXTS, ...LISTS.flatMap((name) => [`${name}_ids`, `${name}_probabilities`])];

/** Whether a file begins as Parquet does. */
export async function isParquet(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    return buffer.toString('latin1', 0, bytesRead) === MAGIC;
  } finally {
    await file.close();
  }
}

/** Reads the rows of a Parquet file as the records that `audit` reads: docs/radioactivity.md, "What is read". */
export async function* readParquetRecords(path: string): AsyncGenerator<unknown, void, void> {
  for await (const row of readParquetRows(path, COLUMNS)) yield recordOf(row);
}

function recordOf(row: Readonly<Record<string, unknown>>): unknown {
  const record: Record<string, unknown> = {};
  for (const name of TEXTS) {
    if (row[name] !== undefined && row[name] !== null) record[name] = plain(row[name]);
  }
  for (const name of LISTS) {
    const ids = row[`${name}_ids`];
    const probabilities = row[`${name}_probabilities`];
    if (isList(ids) && isList(probabilities)) record[name] = pairsOf(name, ids, probabilities);
  }
  return record;
}

function pairsOf(name: string, ids: ArrayLike<unknown>, probabilities: ArrayLike<unknown>): unknown[] {
  checkAlike(name, ids, probabilities);
  return Array.from(ids, (list, position) => {
    const of = probabilities[position];
    if (!isList(list) || !isList(of)) return null;
    checkAlike(name, list, of);
    return Array.from(list, (id, i) => [plain(id), of[i]]);
  });
}

function checkAlike(name: string, ids: ArrayLike<unknown>, probabilities: ArrayLike<unknown>): void {
  if (ids.length === probabilities.length) return;
  throw new RangeError(
    `"${name}_probabilities" expected as many as "${name}_ids", ${ids.length}, got ${probabilities.length}`,
  );
}

/** Integers of 64 bits as numbers; those that lose digits are out of every range of ids. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  return isList(value) ? Array.from(value, plain) : value;
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}
