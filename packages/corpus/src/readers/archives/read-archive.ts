import type { FileFormat, FileLayout, MemberReading, ShardSource } from '../../documents/layout.ts';
import { CorpusError } from '../../errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { memorySource } from '../bytes/memory-source.ts';
import { StreamDamage } from '../bytes/stream-damage.ts';
import { RawBatch, type RawRecords, type UnreadColumn } from '../raw-record.ts';
import { beginRead, type ReadState } from '../read-options.ts';
import type { ArchiveMember } from './archive-member.ts';
import { archiveMembers } from './open-archive.ts';

/** Formats that are read at any place of a file: their members are held in memory, up to this size. */
const AT_ANY_PLACE: ReadonlySet<FileFormat> = new Set(['parquet', 'arrow', 'npy', 'zip']);
const MAX_MEMORY_BYTES = 512 * 2 ** 20;

/** Reads the records of a shard as its format gives them. */
export type ReadRecords = (shard: ShardSource, source: ByteSource, reading: ReadState) => Promise<RawRecords>;

/**
 * Reads the members of an archive, one after another, each as a file of its own.
 *
 * A member that cannot be read, or whose format was not seen when the scan was planned, is a failure; where the archive is damaged,
 * one failure stands for the rest.
 *
 * @param read reads a member.
 */
export async function* readArchive(
  shard: ShardSource,
  source: ByteSource,
  reading: ReadState,
  read: ReadRecords,
): RawRecords {
  const batch = new RawBatch();
  const unread: UnreadColumn[] = [];
  try {
    for await (const member of archiveMembers(shard.location, source, shard.reading)) {
      reading.signal?.throwIfAborted();
      const rule = memberReading(shard.reading.members ?? [], member.name);
      // Of no known format: the plan says so.
      if (rule !== undefined && rule.reading === undefined) continue;
      const counted = yield* memberRecords(member, rule?.reading, batch, reading, read);
      for (const column of counted.unread ?? []) unread.push(column);
    }
  } catch (error) {
    reading.signal?.throwIfAborted();
    if (error instanceof CorpusError) throw error;
    const reason = error instanceof Error ? error.message : 'damaged';
    batch.refuse(error instanceof StreamDamage ? { byteOffset: error.offset } : {}, {
      code: 'damaged',
      message: `the archive ${reason}; nothing after that was read`,
    });
  }
  if (!batch.isEmpty) yield batch.take();
  return { records: batch.record, unread };
}

/** How a member is read: by the longest end of its name that is planned. */
function memberReading(members: readonly MemberReading[], name: string): MemberReading | undefined {
  const lower = name.toLowerCase();
  const fitting = members.filter(({ end }) => (end === '' ? memberEnd(lower) === '' : lower.endsWith(end)));
  return fitting.sort((a, b) => b.end.length - a.end.length)[0];
}

const COMPRESSED_ENDS = ['.gz', '.zst', '.zstd', '.bz2', '.xz'];

/** The end of a member's name that says how it is read, in lower case: `.jsonl`, `.json.gz`; empty if there is none. */
export function memberEnd(name: string): string {
  const base = (name.split('/').at(-1) ?? '').toLowerCase();
  const [, last = ''] = /[^.](\.[^.]+)$/.exec(base) ?? [];
  if (!COMPRESSED_ENDS.includes(last)) return last;
  const [, before = ''] = /[^.](\.[^.]+)$/.exec(base.slice(0, -last.length)) ?? [];
  return `${before}${last}`;
}

async function* memberRecords(
  member: ArchiveMember,
  file: FileLayout | undefined,
  batch: RawBatch,
  reading: ReadState,
  read: ReadRecords,
): RawRecords {
  const { name } = member;
  const place = { byteOffset: member.offset };
  const refuse = (message: string, code: 'damaged' | 'too-long' | 'unread-member' = 'unread-member'): void =>
    batch.refuse(place, { code, message: `${name}: ${message}` });
  const counted = { records: batch.record };
  if (file === undefined) {
    refuse('no file of its format was seen when the scan was planned');
    return counted;
  }
  if (member.refusal !== undefined) {
    refuse(member.refusal);
    return counted;
  }
  const needsAll = AT_ANY_PLACE.has(file.format) && file.compression === 'none';
  if (needsAll && member.size > MAX_MEMORY_BYTES) {
    refuse(
      'is larger than 512 MiB, and its format cannot be read piece by piece; take it out of the archive',
      'too-long',
    );
    return counted;
  }
  // Numbers that are to be skipped are the archive's, and its bytes are counted where they are read.
  const own = beginRead({
    maxRecordBytes: reading.maxRecordBytes,
    ...(reading.signal === undefined ? {} : { signal: reading.signal }),
  });
  let unread: readonly UnreadColumn[] | undefined;
  let records: RawRecords | undefined;
  try {
    const opened = needsAll ? memorySource(await wholeOf(member)) : streamSource(member);
    records = await read({ location: name, reading: file }, opened, own);
    for (;;) {
      const next = await records.next();
      if (next.done) {
        unread = next.value.unread;
        break;
      }
      for (const record of next.value) {
        const from = { name, record: record.record, reading: file };
        const at = { line: undefined, byteOffset: member.offset };
        if (record.refusal === undefined) batch.add(at, record.value, 1024, from);
        else
          batch.refuse(at, {
            ...record.refusal,
            message: `${inWords(from, record.line)}: ${record.refusal.message}`,
          });
        if (batch.isFull) yield batch.take();
      }
    }
  } catch (error) {
    reading.signal?.throwIfAborted();
    // A member may be no file of its format; what is wrong with the archive itself ends it.
    if (!(error instanceof CorpusError) || (error.code !== 'damaged' && error.code !== 'unsupported'))
      throw error;
    refuse(error.message.replace(`${name}: `, ''), 'damaged');
  } finally {
    await records?.return({ records: 0 });
  }
  return unread === undefined ? counted : { ...counted, unread };
}

function inWords({ name, record }: { name: string; record: number }, line: number | undefined): string {
  return line === undefined ? `${name}, record ${record + 1}` : `${name}, line ${line + 1}`;
}

async function wholeOf(member: ArchiveMember): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of member.chunks()) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/** A member that is read once, from its start. */
function streamSource(member: ArchiveMember): ByteSource {
  return {
    size: member.size,
    async *chunks(start) {
      let left = start;
      for await (const chunk of member.chunks()) {
        const wanted = chunk.subarray(left);
        left = Math.max(0, left - chunk.length);
        if (wanted.length > 0) yield wanted;
      }
    },
    slice: async () => {
      throw new CorpusError(
        'unsupported',
        'cannot be read at any place within an archive; take it out of the archive',
      );
    },
    close: async () => undefined,
  };
}
