import type { Compression, FileFormat } from '../documents/layout.ts';
import { CorpusError } from '../errors.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import { askSeveral } from './ask-several.ts';
import { chooseFields } from './choose-fields.ts';
import { formatOfName } from './format-of-name.ts';
import { isChatField } from './forms.ts';
import type { PlannedFile } from './plan-shards.ts';
import { readHead } from './read-head.ts';
import type { DetectedReading, ReadingWishes } from './reading-wishes.ts';
import {
  sniffCompression,
  sniffFormat,
  sniffIdBytes,
  sniffJson,
  sniffRecordsFields,
} from './sniff-format.ts';

/** How much of a file is looked at to tell its format. */
const HEAD_BYTES = 2 ** 20;

/** The first number of a raw file with the header of llm.c, which is no token. */
const LLM_C_MAGIC = 20_240_520;

/**
 * Finds out how a file is read: its format by its name or its first bytes, its layout by its first hundred records.
 *
 * @param location a path, or an http(s) address.
 * @throws {CorpusError} `format-unknown` or `layout-unknown` if it cannot be told, `coverage-low` if most text would not be read and nobody
 *   said that this is meant, `unreadable` if the file cannot be read.
 * @throws {TypeError} if both a text's field and one of token ids are given.
 */
export async function detectReading(location: string, wishes: ReadingWishes = {}): Promise<DetectedReading> {
  if ((wishes.field ?? wishes.fields?.[0]) !== undefined && wishes.idsField !== undefined)
    throw new TypeError('"field" and "idsField" expected one of them, got both');
  const { format, compression, head } = await detectFormat(location, wishes);
  if (format === 'bin') return binReading(location, compression, head, wishes);
  if (format === 'txt') return textReading(compression, wishes);
  const recordsField = format === 'json' ? recordsFieldOf(location, head) : undefined;
  const base = { format, compression, ...(recordsField === undefined ? {} : { recordsField }) };
  return chooseFields(location, base, wishes);
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
  const names = sniffRecordsFields(head);
  const [name, ...others] = names;
  if (name === undefined || (others.length > 0 && names.some(isChatField))) return undefined;
  if (others.length > 0)
    throw new CorpusError(
      'layout-unknown',
      `${shownLocation(location)}: holds several lists of records, ${[name, ...others].join(', ')}; write one of them as JSON lines`,
    );
  return name;
}
