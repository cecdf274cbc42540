import { Coverage } from '../documents/coverage.ts';
import { type DocumentLayout, type FileLayout, pathsOf } from '../documents/layout.ts';
import { type TextCoverage, textCoverage } from '../documents/text-coverage.ts';
import { CorpusError } from '../errors.ts';
import { type OpenSource, openSource } from '../readers/bytes/open-source.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import { fieldValue } from '../readers/layouts/field-value.ts';
import { documentFinder } from '../readers/layouts/find-document.ts';
import { shapeOf } from '../readers/layouts/read-turn.ts';
import type { RawRecord } from '../readers/raw-record.ts';
import { areAttributes } from './attribute-files.ts';
import { type ChosenLayout, chooseIdField, chooseLayout } from './choose-layout.ts';
import type { DetectedFormat } from './detect-format.ts';
import type { DetectedLayout, FileWishes } from './file-wishes.ts';
import { findGroupFields } from './group-fields.ts';
import { type JsonTable, tableOf } from './pandas-tables.ts';
import { askForField, checkCoverage, describeUnreadable } from './questions.ts';
import { readSample } from './read-head.ts';

type BaseReading = DetectedFormat['base'] & Pick<FileLayout, 'recordsField'>;

/**
 * Chooses the fields of a file with records by its first hundred, and says what of their text is read.
 *
 * @throws {CorpusError} `layout-unknown` with what may be said, where it would have to be guessed; `coverage-low`.
 */
export async function chooseFields(
  location: string,
  base: BaseReading,
  wishes: FileWishes,
  open: OpenSource = openSource,
): Promise<DetectedLayout> {
  const { recordsField, ...flat } = base;
  // Only the fields are looked at yet, so any layout will do.
  const layout = { kind: 'text', field: wishes.field ?? wishes.idsField ?? 'text' } as const;
  const sample = await readSample(location, { ...base, layout }, open);
  const records = sample.flatMap((record) => (record.refusal === undefined ? [record.value] : []));
  if (sample.length === 0) {
    const { idsField } = wishes;
    const said = idsField === undefined ? layout : ({ kind: 'ids', field: idsField } as const);
    return { reading: { ...base, layout: said }, description: 'no records' };
  }
  const isNamed = wishes.field !== undefined || wishes.fields !== undefined || wishes.idsField !== undefined;
  if (!isNamed && areAttributes(records))
    throw new CorpusError(
      'unsupported',
      `${shownLocation(location)}: holds attributes of documents, and none of their text, as Dolma keeps them; scan the documents, and leave this out with --exclude`,
    );
  // What was taken for a record may be a turn of the one chat that the file holds.
  if (recordsField !== undefined && shapeOf(records[0]) !== undefined)
    return chooseFields(location, flat, wishes, open);
  try {
    if (records.length === 0) throw describeUnreadable(sample);
    const table = tableIn(records, wishes);
    const chosen = chosenOf(records, table, wishes) ?? askForField(table?.asked ?? records, wishes, base);
    return describe(base, chosen, sample, records, wishes);
  } catch (error) {
    throw error instanceof CorpusError ? aboutFile(error, location) : error;
  }
}

function tableIn(records: readonly unknown[], wishes: FileWishes): JsonTable | undefined {
  const isSaid = wishes.field !== undefined || wishes.fields !== undefined || wishes.idsField !== undefined;
  return isSaid || records.length > 1 ? undefined : tableOf(records[0]);
}

function chosenOf(
  records: readonly unknown[],
  table: JsonTable | undefined,
  wishes: FileWishes,
): ChosenLayout | undefined {
  if (table === undefined) return chooseLayout(records, wishes);
  const chosen = chooseLayout(table.rows, wishes);
  return chosen === undefined ? undefined : table.moved(chosen);
}

function describe(
  base: BaseReading,
  { layout, description, prompts }: ChosenLayout,
  sample: readonly RawRecord[],
  records: readonly unknown[],
  wishes: FileWishes,
): DetectedLayout {
  const idField = wishes.idField ?? chooseIdField(records);
  const { groupField } = wishes;
  const isGrouped =
    typeof groupField === 'string' && records.some((record) => fieldValue(record, groupField) !== undefined);
  const taken = [...pathsOf(layout), ...prompts, ...(idField === undefined ? [] : [idField])];
  const groupFields = groupField === undefined ? findGroupFields(records, taken) : [];
  const { coverage, found: filled } = measure(layout, records, prompts);
  const counted = `${description}, ${filled} of the first ${sample.length} records`;
  checkCoverage({ coverage, found: filled, records, layout, description: counted, wishes });
  const { recordsField, ...format } = base;
  const reading: FileLayout = {
    ...format,
    layout,
    ...(idField === undefined ? {} : { idField }),
    ...(isGrouped ? { groupField } : {}),
    ...(prompts.length === 0 ? {} : { prompts }),
    ...(recordsField === undefined ? {} : { recordsField }),
  };
  const found = groupFields.length === 0 ? {} : { groupFields };
  return { reading, description: isGrouped ? `${counted}, by ${groupField}` : counted, coverage, ...found };
}

function measure(
  layout: DocumentLayout,
  records: readonly unknown[],
  prompts: readonly string[],
): { coverage: TextCoverage; found: number } {
  const find = documentFinder(layout);
  const counts = new Coverage(pathsOf(layout));
  let filled = 0;
  for (const record of records) {
    const found = find(record, counts);
    if (found.refusal !== undefined) {
      counts.discard();
      continue;
    }
    counts.add(record);
    for (const { segments } of found.documents) counts.addDocument(segments);
    if (found.documents.some(({ segments }) => segments.length > 0)) filled++;
  }
  return { coverage: textCoverage(counts.counts(), prompts), found: filled };
}

function aboutFile(error: CorpusError, location: string): CorpusError {
  const { code, message, details, ways } = error;
  return new CorpusError(code, `${shownLocation(location)}: ${message}`, { details, ways, cause: error });
}
