import type { FileFormat, FileLayout, MemberReading } from '../documents/layout.ts';
import { sumCoverages, type TextCoverage } from '../documents/text-coverage.ts';
import { CorpusError } from '../errors.ts';
import { archiveMembers } from '../readers/archives/open-archive.ts';
import { memberEnd } from '../readers/archives/read-archive.ts';
import { memorySource } from '../readers/bytes/memory-source.ts';
import type { OpenSource } from '../readers/bytes/open-source.ts';
import { shownLocation } from '../readers/bytes/shown-location.ts';
import { beginRead } from '../readers/read-options.ts';
import type { DetectedLayout } from './file-wishes.ts';
import { formatOfName } from './format-of-name.ts';
import type { GroupField } from './group-fields.ts';
import { whyRefused } from './refused-formats.ts';

/** So much of an archive is looked at. */
const MAX_MEMBERS = 10_000;
const MAX_BYTES = 64 * 2 ** 20;
/** So much of the members of one end, together. */
const SAMPLE_BYTES = 4 * 2 ** 20;
const SAMPLE_MEMBERS = 100;

/** Formats that stay what they are when files are put one after another. */
const JOINED: ReadonlySet<FileFormat | undefined> = new Set(['jsonl', 'json', 'txt']);

/** Members of an archive whose names have one end. */
interface Kind {
  readonly first: string;
  readonly pieces: Buffer[];
  count: number;
  sampled: number;
  bytes: number;
  /** Why members cannot be read, if one cannot. */
  refusal?: string;
}

/**
 * Finds out how the members of an archive are read: those of one end all alike, as the first hundred of them tell.
 *
 * @param detect finds out how a file is read, which it opens as it is told.
 * @throws {CorpusError} `damaged` if it is no archive, `layout-unknown` if no member of it can be read, `coverage-low` as for a file.
 */
export async function detectArchive(
  location: string,
  base: Pick<FileLayout, 'format' | 'compression'>,
  open: OpenSource,
  detect: (name: string, open: OpenSource) => Promise<DetectedLayout>,
): Promise<DetectedLayout> {
  const shown = shownLocation(location);
  const kinds = await lookInside(location, base, open);
  if (kinds.size === 0) throw new CorpusError('layout-unknown', `${shown}: the archive holds no files`);
  const members: MemberReading[] = [];
  const read: string[] = [];
  const left: string[] = [];
  const coverages: TextCoverage[] = [];
  const memberGroupFields = new Map<string, readonly GroupField[]>();
  for (const [end, { first, pieces, count, sampled, refusal }] of kinds) {
    const named = end === '' ? 'without an extension' : end;
    const format = formatOfName(first).format;
    const why = format === undefined ? whyRefused(first, Buffer.alloc(0)) : undefined;
    if (why !== undefined) throw new CorpusError('unsupported', `${shown}: ${first} ${why}`);
    if (format === 'tar' || format === 'zip')
      throw new CorpusError('unsupported', `${shown}: ${first} is an archive within an archive; take it out`);
    if (format === undefined) {
      members.push({ end });
      left.push(`${named} (${count})`);
      continue;
    }
    if (sampled === 0 && refusal !== undefined)
      throw new CorpusError('unsupported', `${shown}: ${first} ${refusal}`);
    const joined = Buffer.concat(JOINED.has(format) ? pieces.flatMap((piece) => [piece, LINE_END]) : pieces);
    let detected: DetectedLayout;
    try {
      detected = await detect(first, async (path) => {
        if (path === first) return memorySource(joined);
        throw new CorpusError('unreadable', `${path}: is not in the archive`, { reason: 'missing' });
      });
    } catch (error) {
      if (!(error instanceof CorpusError)) throw error;
      const { code, message, details, ways } = error;
      throw new CorpusError(code, `${shown}: ${message}`, { details, ways, cause: error });
    }
    if (detected.coverage !== undefined) coverages.push(detected.coverage);
    if (detected.groupFields !== undefined) memberGroupFields.set(end, detected.groupFields);
    members.push({ end, reading: wholeRecord(detected.reading, pieces.length) });
    read.push(`${named}: ${detected.description}`);
  }
  members.sort((a, b) => (a.end < b.end ? -1 : 1));
  if (read.length === 0)
    throw new CorpusError(
      'layout-unknown',
      `${shown}: no file in it is of a known format; it holds ${left.join(', ')}`,
    );
  const unread = left.length === 0 ? '' : `; not read: ${left.join(', ')}`;
  return {
    reading: { ...base, layout: { kind: 'text', field: '' }, members },
    description: `archive of files ${read.join('; ')}${unread}`,
    ...(coverages.length === 0 ? {} : { coverage: sumCoverages(coverages) }),
    ...(memberGroupFields.size === 0 ? {} : { memberGroupFields }),
  };
}

const LINE_END = Buffer.from('\n');

// One object a file is no list of records, though many of them together look like lines.
function wholeRecord(reading: FileLayout, members: number): FileLayout {
  return reading.format === 'jsonl' && members > 1 ? { ...reading, format: 'json' } : reading;
}

async function lookInside(
  location: string,
  base: Pick<FileLayout, 'format' | 'compression'>,
  open: OpenSource,
): Promise<Map<string, Kind>> {
  const kinds = new Map<string, Kind>();
  const source = await open(location, beginRead({}));
  let count = 0;
  let bytes = 0;
  try {
    for await (const member of archiveMembers(location, source, base)) {
      const { name, size } = member;
      const end = memberEnd(name);
      const kind: Kind = kinds.get(end) ?? { first: name, pieces: [], count: 0, sampled: 0, bytes: 0 };
      kinds.set(end, kind);
      kind.count++;
      if (member.refusal !== undefined) kind.refusal ??= member.refusal;
      const { format, compression } = formatOfName(name);
      const wanted = format !== undefined && kind.bytes < SAMPLE_BYTES && kind.sampled < SAMPLE_MEMBERS;
      const isAlone = compression !== 'none' || !JOINED.has(format);
      if (wanted && member.refusal === undefined && (!isAlone || kind.sampled === 0)) {
        // All of a file of pages, and the start of one of lines.
        const most = isAlone ? MAX_BYTES : SAMPLE_BYTES - kind.bytes;
        for await (const chunk of member.chunks()) {
          kind.pieces.push(Buffer.from(chunk));
          kind.bytes += chunk.length;
          bytes += chunk.length;
          if (kind.bytes >= most) break;
        }
        kind.sampled++;
        if (!isAlone && kind.bytes < SAMPLE_BYTES) kind.pieces.push(LINE_END);
      } else {
        bytes += size;
      }
      count++;
      if (count >= MAX_MEMBERS || bytes >= MAX_BYTES) break;
    }
  } catch (error) {
    if (error instanceof CorpusError) throw error;
    // What comes before the damage can be read.
    if (kinds.size === 0) {
      const reason = error instanceof Error ? error.message : 'damaged';
      throw new CorpusError('damaged', `${shownLocation(location)}: the archive ${reason}`, { cause: error });
    }
  } finally {
    await source.close();
  }
  return kinds;
}
