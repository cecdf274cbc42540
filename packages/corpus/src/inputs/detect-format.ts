import type { FileFormat, FileLayout } from '../documents/layout.ts';
import { CorpusError } from '../errors.ts';
import { type OpenSource, openSource } from '../readers/bytes/open-source.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import { toUtf8 } from '../readers/bytes/text-content.ts';
import { type CsvDialect, csvDialect } from './csv-dialect.ts';
import { formatOfName } from './format-of-name.ts';
import { readHead } from './read-head.ts';
import { whyRefused } from './refused-formats.ts';
import { isOverLines, sniffCompression, sniffEncoding, sniffFormat, sniffJson } from './sniff-format.ts';

/** How much of a file is looked at to tell its format. */
const HEAD_BYTES = 2 ** 20;
/** What tells how a file is compressed, and what it is if it is nothing that is read. */
const START_BYTES = 512;

/** Formats whose content is text. */
const TEXTS: ReadonlySet<FileFormat> = new Set(['jsonl', 'json', 'txt', 'csv', 'tsv']);

/** What a file is, before anybody knows its layout. */
export interface DetectedFormat {
  readonly base: Pick<FileLayout, 'format' | 'compression' | 'encoding' | keyof CsvDialect>;
  /** Its start, after decompression; of a text in another encoding, as UTF-8. */
  readonly head: Buffer;
}

/**
 * Finds out what a file is, by its name and its first bytes.
 *
 * @throws {CorpusError} `format-unknown` if neither tells, `unsupported` with what to do if it is of a format that is not read,
 * `unreadable` if it cannot be read.
 */
export async function detectFormat(
  location: string,
  wishes: CsvDialect & { readonly format?: FileFormat },
  open: OpenSource = openSource,
): Promise<DetectedFormat> {
  const named = formatOfName(location);
  const known = wishes.format ?? named.format;
  const start = await readHead(location, 'none', START_BYTES, open);
  const path = URL.canParse(location) ? new URL(location).pathname : location;
  const refused = wishes.format === undefined ? whyRefused(path, start) : undefined;
  if (refused !== undefined && known !== 'bin') throw unsupported(location, refused);
  // Token ids may happen to look like a compressed file.
  const compression = known === 'bin' ? named.compression : sniffCompression(start);
  const raw = await readHead(location, compression, HEAD_BYTES, open);
  const inner = wishes.format === undefined && known !== 'bin' ? whyRefused('', raw) : undefined;
  if (inner !== undefined) throw unsupported(location, inner);
  const encoding = known === undefined || TEXTS.has(known) ? sniffEncoding(raw) : undefined;
  const head = encoding === undefined ? raw : await headAsUtf8(raw, encoding);
  const format = formatOf(known, wishes.format !== undefined, head);
  if (format === undefined)
    throw new CorpusError(
      'format-unknown',
      `${shownLocation(location)}: neither its name nor its first bytes tell its format; name it with --input-format, or convert the file if its format is not among those`,
    );
  const dialect = format === 'csv' || format === 'tsv' ? csvDialect(format, head, wishes) : {};
  return { base: { format, compression, ...(encoding === undefined ? {} : { encoding }), ...dialect }, head };
}

function formatOf(known: FileFormat | undefined, isWished: boolean, head: Buffer): FileFormat | undefined {
  const format = known ?? sniffFormat(head);
  if (isWished) return format;
  if (format === 'json') return sniffJson(head);
  return format === 'jsonl' && isOverLines(head) ? 'json' : format;
}

async function headAsUtf8(raw: Buffer, encoding: 'utf-16le' | 'utf-16be'): Promise<Buffer> {
  async function* whole(): AsyncGenerator<Buffer> {
    yield raw.subarray(0, raw.length - (raw.length % 2));
  }
  const pieces: Buffer[] = [];
  try {
    for await (const piece of toUtf8(whole(), encoding)) pieces.push(piece);
  } catch {
    // A pair that is cut in two at the end of the head, or damage that the reader will tell.
  }
  return Buffer.concat(pieces);
}

function unsupported(location: string, why: string): CorpusError {
  return new CorpusError('unsupported', `${shownLocation(location)}: ${why}`);
}
