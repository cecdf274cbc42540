import { Buffer } from 'node:buffer';
import { CommandError } from './command-error.ts';
import { counted } from './counted.ts';
import { parseCsv } from './parse-csv.ts';
import { inputName, readText } from './read-input.ts';

/** A list of accounts, and what is odd about it, in sentences for people. */
export interface AccountList {
  /** Different ids, in the order of the file. */
  readonly accounts: readonly string[];
  readonly notes: readonly string[];
}

const MAX_ID_BYTES = 256;

/**
 * Reads account ids: one a line, or a column of a `.csv` file with a header.
 *
 * An id is its bytes: nothing is trimmed or normalised. Blank lines are left out, and repeated ids are kept once.
 *
 * @param path   the file, or `-` for standard input (one id a line).
 * @param column the column of a `.csv` file; may be left out where there is one column only.
 * @throws {CommandError} naming the file, and the line, if it holds no account or something that cannot be one.
 */
export async function readAccounts(path: string, column?: string): Promise<AccountList> {
  const name = inputName(path);
  const isCsv = /\.csv$/i.test(path);
  if (column !== undefined && !isCsv) {
    throw new CommandError(`--column belongs to a .csv file, and ${name} is none`);
  }
  const text = await readText(path);
  const ids = isCsv ? columnOf(name, text, column) : text.split(/\r?\n/);
  const accounts = new Set<string>();
  const counts = { blank: 0, repeated: 0, spaced: 0, decomposed: 0 };
  for (const [i, id] of ids.entries()) {
    if (id.trim() === '') counts.blank++;
    else if (accounts.has(id)) counts.repeated++;
    else {
      if (3 * id.length > MAX_ID_BYTES && Buffer.byteLength(id) > MAX_ID_BYTES) {
        const place = isCsv ? `account ${i + 1}` : `line ${i + 1}`;
        throw new CommandError(`${name}: ${place} is longer than the ${MAX_ID_BYTES} bytes of an account id`);
      }
      if (id !== id.trim()) counts.spaced++;
      if (id !== id.normalize('NFC')) counts.decomposed++;
      accounts.add(id);
    }
  }
  if (accounts.size === 0) throw new CommandError(`${name}: holds no account`);
  // What a file's last line feed leaves over is no blank line.
  if (!isCsv && ids.at(-1) === '') counts.blank--;
  return { accounts: [...accounts], notes: notesOn(name, counts) };
}

/**
 * Returns how many accounts were issued: as many as are listed, unless more is said.
 *
 * @throws {CommandError} if fewer are.
 */
export function issuedOf(accounts: readonly string[], issued: number = accounts.length): number {
  if (issued >= accounts.length) return issued;
  throw new CommandError(`--issued ${issued} is fewer than the ${accounts.length} accounts listed`);
}

function columnOf(name: string, text: string, column: string | undefined): string[] {
  const [header = [], ...rows] = parseCsv(name, text);
  const at = column === undefined && header.length === 1 ? 0 : header.indexOf(column ?? '');
  if (at < 0) {
    throw new CommandError(
      column === undefined
        ? `${name}: has ${header.length} columns; name the one that holds the accounts with --column`
        : `${name}: has no column ${JSON.stringify(column)}; its first line has to name the columns`,
    );
  }
  if (header.lastIndexOf(header[at] ?? '') !== at) {
    throw new CommandError(`${name}: has two columns of that name`);
  }
  return rows.map((row) => row[at] ?? '');
}

function notesOn(
  name: string,
  {
    blank,
    repeated,
    spaced,
    decomposed,
  }: { blank: number; repeated: number; spaced: number; decomposed: number },
): string[] {
  const notes: [count: number, singular: string, plural: string, remark: string][] = [
    [blank, 'blank entry', 'blank entries', 'left out'],
    [repeated, 'repeated entry', 'repeated entries', 'each account counts once'],
    [spaced, 'account', 'accounts', 'with white space at an end, which is part of the id'],
    [decomposed, 'account', 'accounts', 'not in Unicode normal form C, compared byte for byte'],
  ];
  return notes
    .filter(([count]) => count > 0)
    .map(([count, singular, plural, remark]) => `${name}: ${counted(count, singular, plural)}, ${remark}`);
}
