/** Tables that are folders: which of the files in them are live. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CorpusError } from '../errors.ts';

/** The files of a table that hold its present rows. */
export interface LiveFiles {
  /** What the table is called in messages. */
  readonly kind: string;
  readonly paths: readonly string[];
  /** Files that it no longer refers to. */
  readonly dead: number;
}

/** Rewrites a table as Parquet files of its live rows alone. By a query: what makes a table of Arrow at once knows no deletion vectors. */
const DELTA_LINE = `python3 -c "import pyarrow; from pyarrow import parquet; from deltalake import DeltaTable, QueryBuilder; parquet.write_table(pyarrow.table(QueryBuilder().register('t', DeltaTable('FOLDER')).execute('SELECT * FROM t').read_all()), 'FOLDER.parquet')"`;
const ICEBERG_LINE = `duckdb -c "INSTALL iceberg; LOAD iceberg; COPY (FROM iceberg_scan('FOLDER')) TO 'FOLDER.parquet'"`;
const HUDI_LINE = `spark.read.format("hudi").load("FOLDER").write.parquet("FOLDER.parquet")`;

/**
 * Finds the live files of a folder that is a table.
 *
 * @param names what is in it.
 * @returns undefined if it is none.
 * @throws {CorpusError} `unsupported` with what to do, if its live rows cannot be told from the dead; `damaged` if its log is.
 */
export async function liveFiles(folder: string, names: readonly string[]): Promise<LiveFiles | undefined> {
  if (names.includes('_delta_log')) return deltaFiles(folder);
  if (names.includes('.hoodie')) throw refused(folder, 'a Hudi table', HUDI_LINE);
  if (names.includes('metadata') && (await hasIcebergMetadata(join(folder, 'metadata'))))
    throw refused(folder, 'an Iceberg table', ICEBERG_LINE);
  return undefined;
}

async function hasIcebergMetadata(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.some((name) => name.endsWith('.metadata.json'));
}

function refused(
  folder: string,
  kind: string,
  line: string,
  why = 'rows that were deleted cannot be told from those that are live',
): CorpusError {
  return new CorpusError(
    'unsupported',
    `${folder}: is ${kind}, and ${why}; write its present rows as Parquet: ${line.replaceAll('FOLDER', folder)}`,
  );
}

/** An action of a Delta log; Delta Transaction Log Protocol, section "Actions". */
interface Action {
  readonly add?: { readonly path: string; readonly deletionVector?: unknown } | null;
  readonly remove?: { readonly path: string } | null;
  readonly metaData?: { readonly configuration?: Readonly<Record<string, string>> | null } | null;
}

async function deltaFiles(folder: string): Promise<LiveFiles> {
  const log = join(folder, '_delta_log');
  const names = (await readdir(log)).sort();
  const commits = names.flatMap((name) => {
    const [, version] = /^(\d{20})\.json$/.exec(name) ?? [];
    return version === undefined ? [] : [{ version: Number(version), path: join(log, name) }];
  });
  const checkpoint = names.filter((name) => /^\d{20}\.checkpoint.*\.parquet$/.test(name)).at(-1);
  const first = commits[0]?.version;
  // A log whose first commits were cleaned up begins with a checkpoint.
  if (first === undefined || (first !== 0 && checkpoint !== undefined))
    throw refused(
      folder,
      'a Delta table',
      DELTA_LINE,
      'the first part of its log is in a checkpoint, which is not read',
    );
  const isWhole = commits.every(({ version }, i) => version === i);
  if (!isWhole) throw new CorpusError('damaged', `${log}: a commit of the Delta log is missing`);
  const live = new Map<string, boolean>();
  const all = new Set<string>();
  for (const { path } of commits) {
    for (const action of await actionsOf(path)) {
      const mode = action.metaData?.configuration?.['delta.columnMapping.mode'];
      if (mode !== undefined && mode !== 'none')
        throw refused(folder, 'a Delta table', DELTA_LINE, 'its columns have other names in its files');
      if (action.remove) live.delete(action.remove.path);
      if (action.add) {
        live.set(action.add.path, Boolean(action.add.deletionVector));
        all.add(action.add.path);
      }
    }
  }
  if ([...live.values()].some(Boolean)) throw refused(folder, 'a Delta table', DELTA_LINE);
  const paths = [...live.keys()].map((path) => {
    if (/^[a-z][\w+.-]*:/i.test(path))
      throw refused(folder, 'a Delta table', DELTA_LINE, 'some of its files are elsewhere');
    return join(folder, decodeURIComponent(path));
  });
  return { kind: 'Delta table', paths, dead: all.size - live.size };
}

async function actionsOf(path: string): Promise<Action[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  try {
    return lines.map((line) => JSON.parse(line) as Action);
  } catch (cause) {
    throw new CorpusError('damaged', `${path}: a line of the Delta log is not valid JSON`, { cause });
  }
}
