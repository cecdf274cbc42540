import { createReadStream } from 'node:fs';
import { AuditError } from '../audit-error.ts';
import { type AuditTerms, termsDigest } from '../terms/audit-terms.ts';
import { Entry, Header, type JournalEntry } from './journal-entry.ts';

/** A line of a journal, and where it is. */
export interface JournalLine {
  readonly entry: JournalEntry;
  readonly offset: number;
  /** Bytes, with the line break. */
  readonly length: number;
}

/** What a journal begins with, and where its last whole line ends. */
export interface JournalBounds {
  readonly terms: AuditTerms;
  readonly end: number;
}

/** Several times as long as the longest answer that is taken, whose lists are written out here. */
const MAX_LINE_BYTES = 256 * 2 ** 20;
const NEW_LINE = 0x0a;

/**
 * Reads a journal line by line. A last line without an end, as a process that was killed leaves it, is not one.
 *
 * @param take is given each line but the header.
 * @throws {AuditError} `journal-damaged`, naming the line.
 */
export async function readJournal(path: string, take: (line: JournalLine) => void): Promise<JournalBounds> {
  let terms: AuditTerms | undefined;
  let end = 0;
  let number = 0;
  let rest: Buffer[] = [];
  let held = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    let at = 0;
    const bytes = chunk as Buffer;
    for (let stop = bytes.indexOf(NEW_LINE); stop >= 0; stop = bytes.indexOf(NEW_LINE, at)) {
      const line = Buffer.concat([...rest, bytes.subarray(at, stop)]);
      rest = [];
      held = 0;
      at = stop + 1;
      number++;
      const place = `${path}, line ${number}`;
      if (terms === undefined) terms = readHeader(line, place);
      else take({ entry: readEntry(line, place), offset: end, length: line.length + 1 });
      end += line.length + 1;
    }
    rest.push(bytes.subarray(at));
    held += bytes.length - at;
    if (held > MAX_LINE_BYTES) throw damaged(`${path}, line ${number + 1}`, 'it has no end');
  }
  if (terms === undefined) throw damaged(path, 'it has no header');
  return { terms, end };
}

/** Reads the record of an answer. */
export function readEntry(line: Buffer, place: string): JournalEntry {
  const { success, data } = Entry.safeParse(jsonOf(line, place));
  if (!success) throw damaged(place, 'it is none of its lines');
  return data;
}

/** Whether a file begins as a journal does. */
export function isJournalLine(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'audit-journal';
}

function readHeader(line: Buffer, place: string): AuditTerms {
  const { success, data } = Header.safeParse(jsonOf(line, place));
  if (!success) throw damaged(place, 'it is no header of a journal');
  if (termsDigest(data.terms) !== data.digest)
    throw damaged(place, 'the digest of its header is not that of its terms');
  return data.terms;
}

function jsonOf(line: Buffer, place: string): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    // The engine's own words may hold a piece of an answer.
    throw damaged(place, 'it is no JSON');
  }
}

function damaged(place: string, what: string): AuditError {
  return new AuditError('journal-damaged', `${place}: the journal is damaged: ${what}`);
}
