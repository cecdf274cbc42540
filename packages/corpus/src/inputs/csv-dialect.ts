import { parse } from 'csv-parse/sync';
import type { FileLayout } from '../documents/layout.ts';

/** What a table's fields are separated by and wrapped in; what is left out is as usual. */
export type CsvDialect = Pick<FileLayout, 'delimiter' | 'quote' | 'escape' | 'header'>;

const DELIMITERS = [',', ';', '\t', '|'];
/** A file has a dialect if so many of its first rows have as many fields as the header. */
const MOST = 0.95;

/**
 * Finds what separates and wraps the fields of a table: a comma, unless another character gives more rows as many fields as the header
 * has. Tab-separated values have no quoting (IANA, text/tab-separated-values), unless all quotes in them are as CSV has them.
 *
 * @param head   the start of the file, as UTF-8.
 * @param wishes what the caller says of it, which is not looked for.
 */
export function csvDialect(format: 'csv' | 'tsv', head: Buffer, wishes: CsvDialect): CsvDialect {
  const text = head.toString().replace(/^\ufeff/, '');
  const end = text.lastIndexOf('\n');
  const whole = end < 0 ? text : text.slice(0, end + 1);
  const delimiter = wishes.delimiter ?? (format === 'tsv' ? undefined : foundDelimiter(whole, wishes));
  const quote = wishes.quote ?? (format === 'tsv' && isQuoted(whole, delimiter ?? '\t') ? '"' : undefined);
  return {
    ...(delimiter === undefined || delimiter === (format === 'tsv' ? '\t' : ',') ? {} : { delimiter }),
    ...(quote === undefined ? {} : { quote }),
    ...(wishes.escape === undefined ? {} : { escape: wishes.escape }),
    ...(wishes.header === undefined ? {} : { header: wishes.header }),
  };
}

function foundDelimiter(text: string, { quote = '"', escape: escaping }: CsvDialect): string | undefined {
  const fits = DELIMITERS.map((delimiter) => {
    const { columns, share } = rowsOf(text, delimiter, quote, escaping);
    return { delimiter, columns, share };
  });
  const [comma, ...others] = fits;
  if (comma !== undefined && comma.columns > 1 && comma.share >= MOST) return undefined;
  const better = others.filter(({ columns, share }) => columns > 1 && share >= MOST);
  return better.sort((a, b) => b.share - a.share || b.columns - a.columns)[0]?.delimiter;
}

function rowsOf(
  text: string,
  delimiter: string,
  quote: string,
  escaping: string | undefined,
): { columns: number; share: number } {
  try {
    const rows: readonly string[][] = parse(text, {
      delimiter,
      quote: quote === '' ? false : quote,
      ...(escaping === undefined ? {} : { escape: escaping }),
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      to: 1000,
    });
    const columns = rows[0]?.length ?? 0;
    const fitting = rows.filter((row) => row.length === columns).length;
    return { columns, share: rows.length === 0 ? 0 : fitting / rows.length };
  } catch {
    // A quote that is closed after the head.
    return { columns: 0, share: 0 };
  }
}

/** Whether some field is quoted, and every quote is where CSV has one. */
function isQuoted(text: string, delimiter: string): boolean {
  if (!text.split(/[\n\t]/).some((field) => field.startsWith('"'))) return false;
  try {
    const rows: readonly string[][] = parse(text, {
      delimiter,
      relax_column_count: true,
      skip_empty_lines: true,
    });
    return rows.every((row) => row.length === rows[0]?.length);
  } catch {
    return false;
  }
}
