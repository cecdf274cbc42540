import { stat } from 'node:fs/promises';
import { CorpusError } from '../errors.ts';
import { FilesReadOnce } from '../readers/bytes/open-once.ts';
import { isUrl, type OpenSource, openSource } from '../readers/bytes/open-source.ts';
import { ReadingPace } from '../readers/bytes/read-small.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import { askSeveral } from './ask-several.ts';
import { chooseFields } from './choose-fields.ts';
import { detectArchive } from './detect-archive.ts';
import { type DetectedFormat, detectFormat } from './detect-format.ts';
import { arrayReading, binReading, indexedReading } from './detect-ids.ts';
import { type DetectedLayout, type FileWishes, joinWishes } from './file-wishes.ts';
import { isChatField } from './forms.ts';
import type { PlannedFile } from './plan-shards.ts';
import { sniffRecordsFields } from './sniff-format.ts';
import { type UnreadInput, unreadInput } from './unread-input.ts';

const WARC = 'web archive, the text of its pages: HTML and other texts, no other types';

/**
 * Finds out how a file is read: its format by its name or its first bytes, its layout by its first hundred records.
 *
 * @param location a path, or an http(s) address.
 * @throws {CorpusError} `format-unknown` or `layout-unknown` if it cannot be told, `coverage-low` if most text would not be read and nobody
 *   said that this is meant, `unreadable` if the file cannot be read.
 * @throws {TypeError} if both a text's field and one of token ids are given.
 */
export async function detectFileLayout(
  location: string,
  wishes: FileWishes = {},
  open: OpenSource = openSource,
): Promise<DetectedLayout> {
  if ((wishes.field ?? wishes.fields?.[0]) !== undefined && wishes.idsField !== undefined)
    throw new TypeError('"field" and "idsField" expected one of them, got both');
  const { base, head } = await detectFormat(location, wishes, open);
  const { format, compression } = base;
  switch (format) {
    case 'bin':
      return (
        (await indexedReading(location, compression, open)) ??
        (await binReading(location, compression, head, wishes))
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
        detectFileLayout(name, withoutFormat(wishes), openMember),
      );
  }
  const recordsField = format === 'json' ? recordsFieldOf(location, head) : undefined;
  return chooseFields(
    location,
    { ...base, ...(recordsField === undefined ? {} : { recordsField }) },
    wishes,
    open,
  );
}

/** A file, how it is read, and what its documents may be counted by. */
export type DetectedFile = PlannedFile & Pick<DetectedLayout, 'groupFields' | 'memberGroupFields'>;

/** How several files are looked at. */
export interface DetectOptions {
  /** Told how each file is read, in their order. */
  readonly onDetected?: (location: string, detected: DetectedLayout, at: number) => void;
  readonly signal?: AbortSignal;
  /** Told a file that cannot be read, which is then left out; where nobody is, it ends the work. */
  readonly onUnread?: (unread: UnreadInput) => void;
  /** What the caller says of one file, beside what it says of all. */
  readonly wishesFor?: (location: string) => FileWishes;
}

/**
 * Finds out how files are read, as {@link detectFileLayout} does for each. Servers are asked several at a time; the answer does not depend
 * on which of them is faster.
 *
 * @param locations paths, and http(s) addresses.
 * @throws as {@link detectFileLayout} does, for the first file that it does for.
 */
export async function detectFileLayouts(
  locations: readonly string[],
  wishes: FileWishes = {},
  { onDetected, signal, onUnread, wishesFor = () => ({}) }: DetectOptions = {},
): Promise<DetectedFile[]> {
  const pace = new ReadingPace();
  let told = 0;
  let firstFailure: unknown;
  const detected = await askSeveral(
    locations.map((location) => ({ location })),
    async ({ location }): Promise<(DetectedLayout & Pick<PlannedFile, 'digests'>) | UnreadInput> => {
      const once = new FilesReadOnce(pace);
      try {
        const found = await detectFileLayout(location, joinWishes(wishes, wishesFor(location)), once.open);
        const digests = await once.digests(location);
        return digests === undefined ? found : { ...found, digests };
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
  const files = detected.flatMap((one, i) => ('reading' in one ? [fileOf(locations[i] ?? '', one)] : []));
  if (files.length === 0 && firstFailure !== undefined) throw firstFailure;
  for (const one of detected) if (!('reading' in one)) onUnread?.(one);
  return files;
}

function fileOf(location: string, detected: DetectedLayout & Pick<PlannedFile, 'digests'>): DetectedFile {
  const { description: _, coverage: __, ...file } = detected;
  return { location, ...file };
}

async function sizeOf(location: string): Promise<number | undefined> {
  if (isUrl(location)) return undefined;
  return stat(location).then(
    ({ size }) => size,
    () => undefined,
  );
}

// What the user says of an archive's format is not true of its members.
function withoutFormat({ format: _, ...wishes }: FileWishes): FileWishes {
  return wishes;
}

function textReading(base: DetectedFormat['base'], { textSplit = 'file' }: FileWishes): DetectedLayout {
  const documents = { file: 'a file', lines: 'a line', 'blank-lines': 'a paragraph' }[textSplit];
  return {
    reading: { ...base, layout: { kind: 'text', field: '' }, textSplit },
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
