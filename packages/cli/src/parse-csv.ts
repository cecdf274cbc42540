import { CommandError } from './command-error.ts';

/**
 * Splits comma-separated values into rows of fields: RFC 4180, with line feeds alone allowed too. Blank lines are rows of one
 * empty field.
 *
 * @param name who to blame.
 * @param text the file's text.
 * @throws {CommandError} naming the row, if a quotation mark is not closed, or text stands beside a quoted field.
 */
export function parseCsv(name: string, text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (pattern.lastIndex < text.length || row.length > 0) {
    const match = pattern.exec(text);
    if (match === null)
      throw new CommandError(`${name}: row ${rows.length + 1} is not comma-separated values`);
    const [, quoted, plain = '', end] = match;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
    if (end === '') break;
  }
  return rows;
}
