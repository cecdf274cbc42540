import { pathsOf } from '../documents/layout.ts';
import type { ChosenLayout } from './choose-layout.ts';
import { isAnswerName, PROMPT_NAMES } from './forms.ts';

/** A table that is one JSON value: as pandas writes it, or records by their keys. */
export interface JsonTable {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Turns what was chosen for a row into what finds the same in the table. */
  readonly moved: (chosen: ChosenLayout) => ChosenLayout;
  /** The rows as they are called where somebody is asked for their fields, if not by the whole table. */
  readonly asked?: readonly unknown[];
}

/** Rows that are looked at. */
const LOOKED_AT = 100;
/** An object of fewer objects is a record. */
const LEAST_KEYS = 5;
/** A name that so many records have is one of theirs. */
const COMMON = 0.8;

/**
 * Recognises a table by its orientation in `DataFrame.to_json`: `index`, an object of rows by number; `columns`, an object of columns,
 * each an object of values by number; or `split`, lists of columns and of rows. Other objects are records by their keys, such as ids, if they are at least
 * {@link LEAST_KEYS} objects whose names of fields are mostly the same.
 */
export function tableOf(record: unknown): JsonTable | undefined {
  if (!isObject(record)) return undefined;
  const values = Object.values(record);
  if (values.length > 0 && values.every(isObject)) {
    if (Object.keys(record).every(isNumber))
      return { rows: values, moved: moveFields(pandas('index'), (path) => `*.${path}`) };
    const [first = {}] = values;
    const numbers = Object.keys(first);
    const isColumns = numbers.length > 0 && values.every((one) => Object.keys(one).every(isNumber));
    if (isColumns)
      return {
        rows: rowsOf(record as Record<string, Record<string, unknown>>, numbers),
        moved: moveFields(pandas('columns'), inColumn),
      };
    if (areKeyed(record, values)) {
      const rows = values.slice(0, LOOKED_AT);
      return {
        rows,
        moved: moveFields('records by key', (path) => `*.${path}`),
        asked: rows.map((row) => ({ '*': row })),
      };
    }
  }
  const { columns, data } = record;
  if (!Array.isArray(columns) || !Array.isArray(data) || !data.every(Array.isArray)) return undefined;
  const names = columns.map(String);
  return {
    rows: data.map((row: readonly unknown[]) => Object.fromEntries(names.map((name, i) => [name, row[i]]))),
    moved: moveFields(pandas('split'), (path) => {
      const name = names.find(
        (one) => path === one || path.startsWith(`${one}.`) || path.startsWith(`${one}[`),
      );
      return `data[][${names.indexOf(name ?? '')}]${path.slice(name?.length ?? 0)}`;
    }),
  };
}

function rowsOf(
  table: Readonly<Record<string, Record<string, unknown>>>,
  numbers: readonly string[],
): Record<string, unknown>[] {
  const columns = Object.entries(table);
  return numbers.map((number) => Object.fromEntries(columns.map(([name, values]) => [name, values[number]])));
}

// A column is an object of values: what follows its name comes after the number.
function inColumn(path: string): string {
  const name = path.match(/^[^.[]*/)?.[0] ?? '';
  return `${name}.*${path.slice(name.length)}`;
}

function pandas(orientation: string): string {
  return `pandas, orient="${orientation}"`;
}

function areKeyed(record: Readonly<Record<string, unknown>>, values: readonly object[]): boolean {
  const names = Object.keys(record);
  if (names.length < LEAST_KEYS || names.some((name) => isAnswerName(name) || PROMPT_NAMES.includes(name)))
    return false;
  const counts = new Map<string, number>();
  const some = values.slice(0, LOOKED_AT);
  for (const value of some)
    for (const name of Object.keys(value)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const common = [...counts.values()].filter((count) => count >= COMMON * some.length).length;
  return common > 0 && 2 * common >= counts.size;
}

function moveFields(form: string, move: (path: string) => string): JsonTable['moved'] {
  return ({ layout, description, prompts }) => {
    const fields = pathsOf(layout);
    const roles = layout.kind === 'chat' || layout.kind === 'answers' ? layout.roles : ['assistant'];
    return {
      layout: { kind: 'answers', form, fields: fields.map(move), roles },
      description: `${description}, in a table (${form})`,
      prompts: prompts.map(move),
    };
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}
