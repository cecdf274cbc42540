/** Fields by whose values documents may be counted: found by their names, and by values that name kinds. */

import type { FileLayout } from '../documents/layout.ts';
import { isBelow } from '../documents/text-coverage.ts';
import { fieldValue } from '../readers/layouts/field-value.ts';

/** Names of fields that say where a record comes from, what wrote it, and of which kind it is; the first that a corpus has is taken. */
const NAMES = [
  ...['source', 'data_source', 'source_dataset', 'dataset_source', 'dataset', 'dataset_name', 'subset'],
  ...['data_subset', 'red_pajama_subset', 'redpajama_set_name', 'pile_set_name', 'set_name', 'corpus'],
  ...['collection', 'origin'],
  ...['model', 'model_name', 'model_id', 'model_slug', 'generator', 'generation_model', 'response_model'],
  ...['teacher_model', 'teacher', 'llm', 'engine'],
  ...['category', 'task', 'task_name', 'domain', 'topic', 'label_text'],
  ...['language', 'lang', 'language_code', 'lang_code', 'locale'],
];

/** Objects of a record in which such fields are looked for too, after the record itself. */
const PARENTS = ['meta', 'metadata', 'info', 'response', 'response.body', 'body', 'request', 'params'];

/** Values that are kept of a field of one file: it is enough to know that there are several. */
const KEPT_VALUES = 8;
/** So few values are names of kinds even where every record has its own. */
const FEW_VALUES = 10;
const LONGEST = 64;
const SENTENCE = /\S\s+\S+\s+\S+\s+\S+\s+\S/;

/** A field that names kinds. */
export interface GroupField {
  readonly path: string;
  /** Some of its values in the first records. */
  readonly values: readonly string[];
}

/** What was found of one file. */
export interface GroupedFile {
  readonly reading: FileLayout;
  readonly groupFields?: readonly GroupField[];
  /** Of an archive: what was found of the members whose names have one end. */
  readonly memberGroupFields?: ReadonlyMap<string, readonly GroupField[]>;
}

/**
 * Finds the fields of records that may be counted by: of a known name, with short values in half of the records or more, which repeat.
 *
 * @param taken paths of fields with documents, prompts and ids.
 */
export function findGroupFields(records: readonly unknown[], taken: readonly string[]): GroupField[] {
  return pathsIn(records)
    .filter((path) => !taken.some((one) => isBelow(one, path)))
    .flatMap((path) => {
      const values = records.map((record) => fieldValue(record, path)).filter((value) => value != null);
      const distinct = new Set(values);
      const areNames = values.every(isName);
      const repeat = distinct.size <= Math.max(FEW_VALUES, values.length / 2);
      if (!areNames || !repeat || values.length === 0 || 2 * values.length < records.length) return [];
      return [{ path, values: [...distinct].slice(0, KEPT_VALUES).map(String) }];
    });
}

/**
 * Chooses one field for a whole corpus: among those that at least half as many files have as the field which most have, one with several
 * values comes before one with the same everywhere, then the order of the known names decides. One value in few of the files names no kinds.
 *
 * @returns its path; undefined if no file has one.
 */
export function chooseGroupField(files: readonly GroupedFile[]): string | undefined {
  const found = new Map<string, { files: number; readonly values: Set<string> }>();
  for (const { groupFields = [], memberGroupFields } of files) {
    const inside = [...(memberGroupFields?.values() ?? [])].flat();
    const own = [...groupFields, ...inside];
    for (const path of new Set(own.map((field) => field.path))) {
      const known = found.get(path) ?? { files: 0, values: new Set() };
      known.files++;
      for (const { values } of own.filter((field) => field.path === path))
        for (const value of values) known.values.add(value);
      found.set(path, known);
    }
  }
  const most = Math.max(0, ...[...found.values()].map(({ files: count }) => count));
  const [first] = [...found]
    .filter(
      ([, { files: count, values }]) => 2 * count >= most && (values.size > 1 || 2 * count >= files.length),
    )
    .sort(
      ([a, { values: x }], [b, { values: y }]) =>
        Number(y.size > 1) - Number(x.size > 1) || rankOf(a) - rankOf(b) || (a < b ? -1 : 1),
    );
  return first?.[0];
}

/** How a file is read whose documents are counted by a field too, where it has that field. */
export function groupedBy(file: GroupedFile, path: string): FileLayout {
  const { reading, groupFields = [], memberGroupFields } = file;
  const has = (fields: readonly GroupField[] = []): boolean => fields.some((field) => field.path === path);
  if (memberGroupFields === undefined) return has(groupFields) ? { ...reading, groupField: path } : reading;
  const members = (reading.members ?? []).map((member) =>
    member.reading !== undefined && has(memberGroupFields.get(member.end))
      ? { ...member, reading: { ...member.reading, groupField: path } }
      : member,
  );
  return { ...reading, members };
}

/** The paths of fields with a known name, in the order of the names. */
function pathsIn(records: readonly unknown[]): string[] {
  const paths = new Set<string>();
  for (const record of records) {
    for (const parent of ['', ...PARENTS]) {
      const object = parent === '' ? record : fieldValue(record, parent);
      if (typeof object !== 'object' || object === null || Array.isArray(object)) continue;
      for (const name of Object.keys(object)) {
        if (NAMES.includes(plainName(name))) paths.add(parent === '' ? name : `${parent}.${name}`);
      }
    }
  }
  return [...paths].sort((a, b) => rankOf(a) - rankOf(b));
}

// By the name first, then by the object that it is in.
function rankOf(path: string): number {
  const cut = path.lastIndexOf('.');
  const parent = PARENTS.indexOf(path.slice(0, Math.max(0, cut)));
  return NAMES.indexOf(plainName(path.slice(cut + 1))) * (PARENTS.length + 1) + parent + 1;
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s-]/g, '_');
}

function isName(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  return value.length <= LONGEST && !value.includes('://') && !/[\r\n]/.test(value) && !SENTENCE.test(value);
}
