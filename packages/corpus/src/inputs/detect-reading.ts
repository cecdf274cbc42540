import { stat } from 'node:fs/promises';
import type { Compression, FileFormat, FileReading, TextSplit } from '../documents/layout.ts';
import { CorpusError } from '../errors.ts';
import { isUrl, type OpenSource, openSource } from '../readers/bytes/open-source.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import { findDocument } from '../readers/layouts/find-document.ts';
import type { RawRecord } from '../readers/raw-record.ts';
import { askSeveral } from './ask-several.ts';
import { areAttributes } from './attribute-files.ts';
import { chooseIdField, chooseLayout, fieldsOf, type LayoutWishes } from './choose-layout.ts';
import type { CsvDialect } from './csv-dialect.ts';
import { detectArchive } from './detect-archive.ts';
import { type DetectedFormat, detectFormat } from './detect-format.ts';
import { arrayReading, indexedReading } from './detect-ids.ts';
import type { PlannedFile } from './plan-shards.ts';
import { readSample } from './read-head.ts';
import { sniffIdBytes, sniffRecordsFields } from './sniff-format.ts';
import { type UnreadInput, unreadInput } from './unread-input.ts';

/** What the caller says of a file; the rest is found. */
export interface ReadingWishes extends LayoutWishes, CsvDialect {
  readonly format?: FileFormat;
  /** Path of the field with a record's own id. */
  readonly idField?: string;
  /** How a `.txt` file is cut into documents; `file` if nobody says. */
  readonly textSplit?: TextSplit;
  /** Bytes of a token id of a raw file. */
  readonly idBytes?: 2 | 4;
  /** The token id that ends a document of a raw file. */
  readonly endOfText?: number;
}

/** How a file is read, and the same in a sentence for people. */
export interface DetectedReading {
  readonly reading: FileReading;
  readonly description: string;
}

const WARC = 'web archive, the text of its pages: HTML and other texts, no other types';

/** The first number of a raw file with the header of llm.c, which is no token. */
const LLM_C_MAGIC = 20_240_520;

/**
 * Finds out how a file is read: its format by its name or its first bytes, its layout by its first hundred records.
 *
 * @param location a path, or an http(s) address.
 * @throws {CorpusError} `format-unknown` or `layout-unknown` if it cannot be told, `unreadable` if the file cannot be read.
 * @throws {TypeError} if both a text's field and one of token ids are given.
 */
export async function detectReading(
  location: string,
  wishes: ReadingWishes = {},
  open: OpenSource = openSource,
): Promise<DetectedReading> {
  if (wishes.field !== undefined && wishes.idsField !== undefined)
    throw new TypeError('"field" and "idsField" expected one of them, got both');
  const { base, head } = await detectFormat(location, wishes, open);
  const { format, compression } = base;
  switch (format) {
    case 'bin':
      return (
        (await indexedReading(location, compression, open)) ?? binReading(location, compression, head, wishes)
      );
    case 'npy':
      return arrayReading(location, base, head, wishes);
    case 'txt':
      return textReading(base, wishes);
    case 'warc':
      return {
        reading: { ...base, layout: { kind: 'text', field: 'text' }, idField: 'uri' },
        description: WARC,
      };
    case 'tar':
    case 'zip':
      return detectArchive(location, base, open, (name, openMember) =>
        detectReading(name, withoutFormat(wishes), openMember),
      );
  }
  const recordsField = format === 'json' ? recordsFieldOf(location, head) : undefined;
  return detectLayout(
    location,
    { ...base, ...(recordsField === undefined ? {} : { recordsField }) },
    wishes,
    open,
  );
}

/** How several files are looked at. */
export interface DetectOptions {
  /** Told how each file is read, in their order. */
  readonly onDetected?: (location: string, detected: DetectedReading, at: number) => void;
  readonly signal?: AbortSignal;
  /** Told a file that cannot be read, which is then left out; where nobody is, it ends the work. */
  readonly onUnread?: (unread: UnreadInput) => void;
  /** What the caller says of one file, beside what it says of all. */
  readonly wishesFor?: (location: string) => ReadingWishes;
}

/**
 * Finds out how files are read, as {@link detectReading} does for each. Servers are asked several at a time; the answer does not depend
 * on which of them is faster.
 *
 * @param locations paths, and http(s) addresses.
 * @throws as {@link detectReading} does, for the first file that it does for.
 */
export async function detectReadings(
  locations: readonly string[],
  wishes: ReadingWishes = {},
  { onDetected, signal, onUnread, wishesFor = () => ({}) }: DetectOptions = {},
): Promise<PlannedFile[]> {
  let told = 0;
  let firstFailure: unknown;
  const detected = await askSeveral(
    locations.map((location) => ({ location })),
    async ({ location }): Promise<DetectedReading | UnreadInput> => {
      try {
        return await detectReading(location, { ...wishes, ...wishesFor(location) });
      } catch (error) {
        const unread =
          onUnread === undefined ? undefined : unreadInput(location, error, await sizeOf(location));
        if (unread === undefined) throw error;
        firstFailure ??= error;
        return unread;
      }
    },
    {
      onNext: (one, at) => {
        if ('reading' in one) onDetected?.(locations[at] ?? '', one, told++);
      },
      ...(signal === undefined ? {} : { signal }),
    },
  );
  const files = detected.flatMap((one, i) =>
    'reading' in one ? [{ location: locations[i] ?? '', reading: one.reading }] : [],
  );
  if (files.length === 0 && firstFailure !== undefined) throw firstFailure;
  for (const one of detected) if (!('reading' in one)) onUnread?.(one);
  return files;
}

async function sizeOf(location: string): Promise<number | undefined> {
  if (isUrl(location)) return undefined;
  return stat(location).then(
    ({ size }) => size,
    () => undefined,
  );
}

// What the user says of an archive's format is not true of its members.
function withoutFormat({ format: _, ...wishes }: ReadingWishes): ReadingWishes {
  return wishes;
}

function binReading(
  location: string,
  compression: Compression,
  head: Buffer,
  { idBytes = sniffIdBytes(head), endOfText }: ReadingWishes,
): DetectedReading {
  if (head.length >= 4 && head.readInt32LE() === LLM_C_MAGIC)
    throw new CorpusError(
      'unsupported',
      `${shownLocation(location)}: starts with a header of llm.c, which is no token; take the header off`,
    );
  const ending = endOfText === undefined ? 'no id ends a document' : `id ${endOfText} ends a document`;
  return {
    reading: {
      format: 'bin',
      compression,
      layout: { kind: 'ids', field: '' },
      idBytes,
      ...(endOfText === undefined ? {} : { endOfText }),
    },
    description: `token ids of ${8 * idBytes} bits, ${ending}`,
  };
}

function textReading(base: DetectedFormat['base'], { textSplit = 'file' }: ReadingWishes): DetectedReading {
  const documents = { file: 'a file', lines: 'a line', 'blank-lines': 'a paragraph' }[textSplit];
  return {
    reading: { ...base, layout: { kind: 'text', field: '' }, textSplit },
    description: `plain text, one document ${documents}`,
  };
}

/** The field of the root object with the records; undefined if the root is a list, or one record that is a chat. */
function recordsFieldOf(location: string, head: Buffer): string | undefined {
  const [name, ...others] = sniffRecordsFields(head);
  if (name === undefined) return undefined;
  if (others.length > 0)
    throw new CorpusError(
      'layout-unknown',
      `${shownLocation(location)}: holds several lists of records, ${[name, ...others].join(', ')}; write one of them as JSON lines`,
    );
  return name;
}

async function detectLayout(
  location: string,
  base: DetectedFormat['base'] & Pick<FileReading, 'recordsField'>,
  wishes: ReadingWishes,
  open: OpenSource,
): Promise<DetectedReading> {
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
  if (recordsField !== undefined && isTurn(records[0])) return detectLayout(location, flat, wishes, open);
  if (wishes.field === undefined && wishes.idsField === undefined && areAttributes(records))
    throw new CorpusError(
      'unsupported',
      `${shownLocation(location)}: holds attributes of documents, and none of their text, as Dolma keeps them; scan the documents, and leave this out with --exclude`,
    );
  const chosen = records.length === 0 ? undefined : chooseLayout(records, wishes);
  if (chosen === undefined)
    throw new CorpusError(
      'layout-unknown',
      `${shownLocation(location)}: ${whyUnknown(sample, records, wishes)}`,
    );
  const idField = wishes.idField ?? chooseIdField(records);
  const found = records.filter((record) => (findDocument(chosen.layout, record).segments ?? []).length > 0);
  const reading = { ...base, layout: chosen.layout, ...(idField === undefined ? {} : { idField }) };
  const count = `${found.length} of the first ${sample.length} records`;
  return { reading, description: `${chosen.description}, ${count}` };
}

/** Whether what was taken for a record is a turn of the one chat that the file holds. */
function isTurn(record: unknown): boolean {
  if (typeof record !== 'object' || record === null) return false;
  return ('role' in record && 'content' in record) || ('from' in record && 'value' in record);
}

function whyUnknown(
  sample: readonly RawRecord[],
  records: readonly unknown[],
  { field, idsField }: ReadingWishes,
): string {
  if (records.length === 0) {
    const count = sample.reduce((rows, { refusal }) => rows + (refusal?.rows ?? 1), 0);
    return `none of the first ${count} records can be read: ${sample[0]?.refusal?.message}`;
  }
  const wanted = field ?? idsField;
  const reason =
    wanted === undefined ? 'no field holds a text, a chat or token ids' : `no record has a field "${wanted}"`;
  const fields = fieldsOf(records);
  const seen = fields.length === 0 ? 'the records have no fields' : `the fields are ${fields.join(', ')}`;
  return `${reason}; ${seen}; name one with --field or --ids-field, or the format with --input-format`;
}
