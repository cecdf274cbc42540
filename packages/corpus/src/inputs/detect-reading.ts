import type { Compression, FileFormat, FileReading, TextSplit } from '../documents/layout.ts';
import { CorpusError } from '../errors.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import { findDocument } from '../readers/layouts/find-document.ts';
import type { RawRecord } from '../readers/raw-record.ts';
import { askSeveral } from './ask-several.ts';
import { chooseIdField, chooseLayout, fieldsOf, type LayoutWishes } from './choose-layout.ts';
import { formatOfName } from './format-of-name.ts';
import type { PlannedFile } from './plan-shards.ts';
import { readHead, readSample } from './read-head.ts';
import {
  sniffCompression,
  sniffFormat,
  sniffIdBytes,
  sniffJson,
  sniffRecordsFields,
} from './sniff-format.ts';

/** What the caller says of a file; the rest is found. */
export interface ReadingWishes extends LayoutWishes {
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

/** How much of a file is looked at to tell its format. */
const HEAD_BYTES = 2 ** 20;

/** The first number of a raw file with the header of llm.c, which is no token. */
const LLM_C_MAGIC = 20_240_520;

/**
 * Finds out how a file is read: its format by its name or its first bytes, its layout by its first hundred records.
 *
 * @param location a path, or an http(s) address.
 * @throws {CorpusError} `format-unknown` or `layout-unknown` if it cannot be told, `unreadable` if the file cannot be read.
 * @throws {TypeError} if both a text's field and one of token ids are given.
 */
export async function detectReading(location: string, wishes: ReadingWishes = {}): Promise<DetectedReading> {
  if (wishes.field !== undefined && wishes.idsField !== undefined)
    throw new TypeError('"field" and "idsField" expected one of them, got both');
  const { format, compression, head } = await detectFormat(location, wishes);
  if (format === 'bin') return binReading(location, compression, head, wishes);
  if (format === 'txt') return textReading(compression, wishes);
  const recordsField = format === 'json' ? recordsFieldOf(location, head) : undefined;
  const base = { format, compression, ...(recordsField === undefined ? {} : { recordsField }) };
  return detectLayout(location, base, wishes);
}

/** How several files are looked at. */
export interface DetectOptions {
  /** Told how each file is read, in their order. */
  readonly onDetected?: (location: string, detected: DetectedReading, at: number) => void;
  readonly signal?: AbortSignal;
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
  { onDetected, signal }: DetectOptions = {},
): Promise<PlannedFile[]> {
  const detected = await askSeveral(
    locations.map((location) => ({ location })),
    ({ location }) => detectReading(location, wishes),
    {
      onNext: (one, at) => onDetected?.(locations[at] ?? '', one, at),
      ...(signal === undefined ? {} : { signal }),
    },
  );
  return detected.map(({ reading }, i) => ({ location: locations[i] ?? '', reading }));
}

async function detectFormat(
  location: string,
  wishes: ReadingWishes,
): Promise<{ format: FileFormat; compression: Compression; head: Buffer }> {
  const named = formatOfName(location);
  const known = wishes.format ?? named.format;
  const start = await readHead(location, 'none', 4);
  // Token ids may happen to look like a compressed file.
  const compression = known === 'bin' ? named.compression : sniffCompression(start);
  const head = await readHead(location, compression, HEAD_BYTES);
  let format = known ?? sniffFormat(head);
  if (wishes.format === undefined && named.format === 'json') format = sniffJson(head);
  if (format === undefined)
    throw new CorpusError(
      'format-unknown',
      `${shownLocation(location)}: neither its name nor its first bytes tell its format; name it with --input-format`,
    );
  return { format, compression, head };
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

function textReading(compression: Compression, { textSplit = 'file' }: ReadingWishes): DetectedReading {
  const documents = { file: 'a file', lines: 'a line', 'blank-lines': 'a paragraph' }[textSplit];
  return {
    reading: { format: 'txt', compression, layout: { kind: 'text', field: '' }, textSplit },
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
  base: Pick<FileReading, 'format' | 'compression' | 'recordsField'>,
  wishes: ReadingWishes,
): Promise<DetectedReading> {
  const { recordsField, ...flat } = base;
  // Only the fields are looked at yet, so any layout will do.
  const layout = { kind: 'text', field: wishes.field ?? wishes.idsField ?? 'text' } as const;
  const sample = await readSample(location, { ...base, layout });
  const records = sample.flatMap((record) => (record.refusal === undefined ? [record.value] : []));
  if (sample.length === 0) {
    const { idsField } = wishes;
    const said = idsField === undefined ? layout : ({ kind: 'ids', field: idsField } as const);
    return { reading: { ...base, layout: said }, description: 'no records' };
  }
  if (recordsField !== undefined && isTurn(records[0])) return detectLayout(location, flat, wishes);
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
