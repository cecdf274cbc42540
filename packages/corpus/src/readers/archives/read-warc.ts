import { isUtf8 } from 'node:buffer';
import type { ShardSource } from '../../documents/layout.ts';
import { ByteCursor } from '../bytes/byte-cursor.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { decompressedChunks } from '../bytes/decompress.ts';
import { StreamDamage } from '../bytes/stream-damage.ts';
import { RawBatch, type RawRecords } from '../raw-record.ts';
import { tooLong } from '../read-lines.ts';
import type { ReadState } from '../read-options.ts';
import { handOver } from '../text-chunks.ts';
import { type HttpAnswer, parseHttpAnswer } from './http-answer.ts';
import { pageText } from './page-text.ts';

const HEAD_END = Buffer.from('\r\n\r\n');
const MAX_HEAD_BYTES = 2 ** 20;

/** A page of a web archive, as records of this format are. */
interface Page {
  readonly uri: string | null;
  readonly text: string;
}

/**
 * Reads a web archive (WARC 1.x, ISO 28500): of `conversion` records, as WET files have them, and `resource` records the text; of
 * `response` records the text of the page. Records of other types, and content that is no text, are no records here.
 */
export function readWarc(shard: ShardSource, source: ByteSource, reading: ReadState): RawRecords {
  const batch = new RawBatch();
  return handOver(batch, cutRecords(decompressedChunks(source, shard.reading.compression), batch, reading));
}

async function* cutRecords(
  chunks: AsyncIterable<Buffer>,
  batch: RawBatch,
  reading: ReadState,
): AsyncGenerator<void> {
  const cursor = new ByteCursor(chunks);
  try {
    for (;;) {
      await skipBlankLines(cursor);
      if (await cursor.isAtEnd()) return;
      const offset = cursor.offset;
      const head = await cursor.takeThrough(HEAD_END, MAX_HEAD_BYTES);
      const headers = head === undefined ? undefined : parseHead(head);
      const length = Number(headers?.get('content-length') ?? Number.NaN);
      if (headers === undefined || !Number.isSafeInteger(length) || length < 0)
        throw new StreamDamage('there is no WARC record', offset);
      if (length > reading.maxRecordBytes) {
        const isPage = ['conversion', 'resource', 'response'].includes(headers.get('warc-type') ?? '');
        if (isPage) batch.refuse({ byteOffset: offset }, tooLong(reading));
        await cursor.skip(length);
      } else {
        const body = await cursor.take(length);
        if (body.length < length) throw new StreamDamage('the last record is cut short', offset);
        addRecord(headers, body, offset, batch);
      }
      if (batch.isFull) yield;
    }
  } finally {
    await cursor.close();
  }
}

function addRecord(
  headers: ReadonlyMap<string, string>,
  body: Buffer,
  byteOffset: number,
  batch: RawBatch,
): void {
  const type = headers.get('warc-type');
  const uri = headers.get('warc-target-uri')?.replace(/^<(.*)>$/, '$1') ?? null;
  let answer: HttpAnswer | string;
  if (type === 'response') {
    // A look-up of a name is a response too.
    if (!/^https?:/i.test(uri ?? '')) return;
    answer = parseHttpAnswer(body);
  } else if (type === 'conversion' || type === 'resource') {
    answer = { contentType: headers.get('content-type') ?? '', body };
  } else return;
  if (typeof answer === 'string') {
    batch.refuse({ byteOffset }, { code: 'damaged', message: answer });
    return;
  }
  const text = textOf(answer);
  if (text === undefined) return;
  if (typeof text !== 'string') {
    batch.refuse(
      { byteOffset },
      { code: 'invalid-utf8', message: 'the page is not in the encoding that it names' },
    );
    return;
  }
  const page: Page = { uri, text };
  batch.add({ byteOffset }, page, body.length);
}

/** The text of an answer; undefined if it is none, null if its bytes are not in its encoding. */
function textOf({ contentType, body }: HttpAnswer): string | undefined | null {
  const [type = ''] = contentType.toLowerCase().split(';', 1);
  const isPage = /^\s*(?:text\/html|application\/xhtml\+xml)\s*$/.test(type);
  if (!isPage && !/^\s*(?:text\/|application\/(?:json|xml))/.test(type)) return undefined;
  const start = body.toString('latin1', 0, 2048);
  const charset =
    /charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType)?.[1] ??
    (isPage ? /<meta[^>]+charset\s*=\s*["']?([\w.:-]+)/i.exec(start)?.[1] : undefined);
  const text = decode(body, charset, isPage);
  return text !== undefined && isPage ? pageText(text) : (text ?? null);
}

function decode(body: Buffer, charset: string | undefined, isPage: boolean): string | undefined {
  if (isUtf8(body)) return body.toString('utf8');
  try {
    // Browsers take a page that does not say for windows-1252.
    return new TextDecoder(charset ?? (isPage ? 'windows-1252' : 'utf-8'), { fatal: !isPage }).decode(body);
  } catch {
    return isPage ? new TextDecoder('windows-1252').decode(body) : undefined;
  }
}

async function skipBlankLines(cursor: ByteCursor): Promise<void> {
  for (;;) {
    const some = await cursor.takeSome(1);
    if (some.length === 0) return;
    if (some[0] !== 0x0d && some[0] !== 0x0a) {
      cursor.giveBack(1);
      return;
    }
  }
}

function parseHead(head: Buffer): ReadonlyMap<string, string> | undefined {
  const [version = '', ...lines] = head.toString('utf8').split('\r\n');
  if (!/^WARC\/\d/.test(version)) return undefined;
  return new Map(
    lines.flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const];
    }),
  );
}
