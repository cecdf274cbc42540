/** Parts from their bytes: whole, only whose they are, or what is said of their documents first and the rest later. */

import { endianness } from 'node:os';
import { ThresholdSample } from '@countermark/detector/corpus';
import {
  DocumentSample,
  type DocumentSampleJson,
  IdentityTally,
  type IdentityTallyJson,
} from '@countermark/hints';
import type { RecordFailure } from '../documents/document.ts';
import { CorpusError } from '../errors.ts';
import { DocumentColumns, ROW_BYTES } from './document-columns.ts';
import type { Part, PartDocuments, PartFacts, PartHead } from './part.ts';
import { checkedBody, damaged, MAGIC, Sections, wellFormed, wordsOf } from './part-bytes.ts';
import { type FactsHeader, type PartHeader, parseHeader } from './part-header.ts';

/**
 * Reads a part.
 *
 * @throws {CorpusError} `part-damaged` if it is cut short, changed, or none at all.
 */
export function parsePart(bytes: Uint8Array): Part {
  return wellFormed(() => {
    const { header, documents, rest } = openSections(bytes);
    const { groups: _, languages: __, ...facts } = factsOf({ header: factsHeader(header), sections: rest });
    return { ...facts, ...documents };
  });
}

// How the header begins that formatPart writes.
const HEAD = /^\{"manifest":"([0-9a-f]{64})","shard":(\d+),/;
const HEAD_BYTES = 128;

/**
 * Checks a part by its digest, and says whose it is: for those who only ask whether it is there. Nothing else in it is looked at.
 *
 * @throws {CorpusError} `part-damaged` if it is cut short, changed, or none at all.
 */
export function partHead(bytes: Uint8Array): PartHead {
  const start = MAGIC.length + 4;
  const text = Buffer.from(checkedBody(bytes).subarray(start, start + HEAD_BYTES)).toString('latin1');
  const [, manifest, shard] = HEAD.exec(text) ?? [];
  return manifest === undefined ? parsePart(bytes) : { manifest, shard: Number(shard) };
}

/** The facts of a part whose digest is right, still to be read: data that threads can hand each other. */
export interface PackedFacts {
  readonly header: FactsHeader;
  readonly sections: Uint8Array;
}

/**
 * Opens a part, which is checked by its digest: its documents are read, and its samples, which weigh most, are not.
 *
 * @throws {CorpusError} as {@link parsePart} does.
 */
export function openPart(bytes: Uint8Array): {
  readonly documents: PartDocuments;
  readonly facts: PackedFacts;
} {
  return wellFormed(() => {
    const { header, documents, rest } = openSections(bytes);
    const { manifest, shard } = header;
    return {
      documents: { manifest, shard, ...documents },
      facts: { header: factsHeader(header), sections: rest },
    };
  });
}

/**
 * Reads the facts of a part that was opened.
 *
 * @throws {CorpusError} as {@link parsePart} does.
 */
export function readFacts(facts: PackedFacts): PartFacts {
  return wellFormed(() => factsOf(facts));
}

interface OpenedSections {
  readonly header: PartHeader;
  readonly documents: Omit<PartDocuments, keyof PartHead>;
  /** Everything behind the documents. */
  readonly rest: Uint8Array;
}

function openSections(bytes: Uint8Array): OpenedSections {
  const sections = new Sections(checkedBody(bytes).subarray(MAGIC.length));
  const header = parseHeader(
    Buffer.from(sections.take(Buffer.from(sections.take(4)).readUInt32LE(0))).toString('utf8'),
  );
  const documents = DocumentColumns.fromBytes(sections.take(header.documents * documentBytes()));
  if (documents === undefined) throw damaged('its documents are malformed');
  if (documents.largest('key') >= header.eValues.length)
    throw damaged('a document is of a key that it has not');
  const { ids, answers, claims, groups, languages } = header;
  return {
    header,
    documents: {
      documents,
      ids: ids ?? undefined,
      ...(answers === undefined ? {} : { answers }),
      ...(claims === undefined ? {} : { claims: new Map(claims) }),
      ...(groups === undefined ? {} : { groups }),
      ...(languages === undefined ? {} : { languages }),
    },
    rest: sections.rest(),
  };
}

// Without what it says of single documents.
function factsHeader({ ids: _, answers: __, claims: ___, groups, ...facts }: PartHeader): FactsHeader {
  return groups === undefined ? facts : { ...facts, groups: { groups: groups.groups } };
}

function factsOf({ header, sections: bytes }: PackedFacts): PartFacts {
  const sections = new Sections(bytes);
  const samples = header.samples.map(({ level, size, entries }) =>
    ThresholdSample.fromBytes(sections.take(12 * entries), { level, size }),
  );
  const leads = header.leads.map(({ document, log10PValue, lengths }) => ({
    document,
    log10PValue,
    tokenIds: lengths.map((length) => wordsOf(sections.take(4 * length))),
  }));
  if (sections.rest().length > 0) throw damaged('there is something behind its last section');
  if (leads.some(({ document }) => document >= header.documents))
    throw damaged('a lead is none of its documents');
  return {
    ...header,
    lines: header.lines ?? undefined,
    failed: header.failed,
    failures: header.failures as RecordFailure[],
    samples,
    leads,
    identity: IdentityTally.fromJSON(header.identity as IdentityTallyJson),
    sample: DocumentSample.fromJSON(header.sample as DocumentSampleJson),
  };
}

function documentBytes(): number {
  // Columns are written as they lie in memory.
  if (endianness() !== 'LE')
    throw new CorpusError('unsupported', 'parts are read on little-endian hosts only');
  return ROW_BYTES;
}
