/**
 * The file of one scanned shard: a header in JSON, binary sections, and a digest over all of it. Holds no key.
 *
 *     "countermark part 1\n", length of the header (u32), header, sections, SHA-256 of everything before
 */

import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import { ThresholdSample } from '@countermark/detector/corpus';
import {
  DocumentSample,
  type DocumentSampleJson,
  IdentityTally,
  type IdentityTallyJson,
} from '@countermark/hints';
import { z } from 'zod';
import { type CoverageCounts, LEFT_OUT } from '../documents/coverage.ts';
import type { RecordFailure, RecordFailureCode } from '../documents/document.ts';
import { CorpusError } from '../errors.ts';
import { DocumentColumns, ROW_BYTES } from './document-columns.ts';
import type { PartGroups } from './document-groups.ts';

/** A document whose tokens are kept: its evidence is strong. */
export interface StrongInPart {
  /** Its number among the documents of the part. */
  readonly document: number;
  readonly log10PValue: number;
  /** Its token ids, one array a segment, up to {@link STRONG_TOKENS} in all. */
  readonly tokenIds: readonly Uint32Array[];
}

/** Documents at or below this keep their tokens, as far as there is room. */
export const LOG10_STRONG_PVALUE = -4;
/** Leads of a part. */
export const LEADS = 1000;
/** Tokens that are kept of a lead: its first ones. */
export const STRONG_TOKENS = 16_384;
/** Failures that a part lists, and a result. */
export const LISTED_FAILURES = 1000;

/** Whose part it is. */
export interface PartHead {
  /** SHA-256 of the manifest. */
  readonly manifest: string;
  /** The shard's number in the manifest. */
  readonly shard: number;
}

/** What a part of several files says of each. Its documents are numbered through, in the order of the files. */
export interface PartFile {
  readonly records: number;
  readonly documents: number;
  /** Records that could not be read. */
  readonly failed: number;
  readonly tokens: number;
  /** Bytes read of the file as it lies there. */
  readonly bytes: number;
  readonly coverage: CoverageCounts;
}

/** What scanning a shard yields. */
export interface Part extends PartHead {
  readonly records: number;
  readonly lines: number | undefined;
  /** Bytes read of the file as it lies there. */
  readonly bytes: number;
  readonly tokens: number;
  readonly failed: {
    readonly records: number;
    readonly byCode: Readonly<Partial<Record<RecordFailureCode, number>>>;
  };
  /** The first {@link LISTED_FAILURES}, by record. */
  readonly failures: readonly RecordFailure[];
  readonly documents: DocumentColumns;
  /** Records' own ids, by document; absent where there are none. */
  readonly ids: readonly (string | null)[] | undefined;
  /** Which of its record's answers a document is, by document; absent where there is one a record. */
  readonly answers?: readonly (string | null)[] | undefined;
  /** Of a shard of several files, each in their order: lines and bytes of its documents and failures count in their file. */
  readonly files?: readonly PartFile[] | undefined;
  /** How much text was tested; absent in parts of releases that did not count it, and where each file says it. */
  readonly coverage?: CoverageCounts | undefined;
  /** Of each key: documents with enough scored tokens, and log10 of the sum of their e-values. */
  readonly eValues: readonly { readonly count: number; readonly log10Sum: number | null }[];
  /** Of each key, then of each decoy. */
  readonly samples: readonly ThresholdSample[];
  readonly leads: readonly StrongInPart[];
  readonly identity: IdentityTally;
  readonly sample: DocumentSample;
  /** Which assistants' a document claims to be, by its number; absent where none claims anything, and in parts of earlier releases. */
  readonly claims?: ReadonlyMap<number, readonly string[]>;
  /** Its documents by the value of a field, where that was asked for and any has one. */
  readonly groups?: PartGroups;
}

const MAGIC: Uint8Array = Buffer.from('countermark part 1\n');
const DIGEST_BYTES = 32;

const count = z.number().int().nonnegative();
const CoverageFormat = z.strictObject({
  documents: count,
  empty: count,
  tokenIds: count,
  stated: count,
  fields: z.array(
    z.strictObject({
      path: z.string(),
      characters: count,
      values: count,
      tested: count,
      left: z.array(
        z.strictObject({ why: z.enum(LEFT_OUT), name: z.string().exactOptional(), characters: count }),
      ),
    }),
  ),
});
const Header = z.strictObject({
  manifest: z.string().regex(/^[0-9a-f]{64}$/),
  shard: count,
  records: count,
  lines: count.nullable(),
  bytes: count,
  tokens: count,
  documents: count,
  failed: z.strictObject({ records: count, byCode: z.record(z.string(), count) }),
  failures: z.array(
    z.strictObject({
      record: count,
      line: count.exactOptional(),
      byteOffset: count.exactOptional(),
      code: z.string(),
      message: z.string(),
      rows: count.exactOptional(),
    }),
  ),
  ids: z.array(z.string().nullable()).nullable(),
  answers: z.array(z.string().nullable()).exactOptional(),
  files: z
    .array(
      z.strictObject({
        records: count,
        documents: count,
        failed: count,
        tokens: count,
        bytes: count,
        coverage: CoverageFormat,
      }),
    )
    .min(2)
    .exactOptional(),
  coverage: CoverageFormat.exactOptional(),
  eValues: z.array(z.strictObject({ count, log10Sum: z.number().nullable() })),
  samples: z.array(z.strictObject({ level: z.number().int(), size: z.number().int(), entries: count })),
  leads: z.array(z.strictObject({ document: count, log10PValue: z.number(), lengths: z.array(count) })),
  identity: z.unknown(),
  sample: z.unknown(),
  claims: z.array(z.tuple([count, z.array(z.string()).min(1)])).exactOptional(),
  groups: z
    .strictObject({
      groups: z
        .array(
          z.strictObject({
            name: z.string(),
            documents: count,
            tokens: count,
            eValues: z.array(z.strictObject({ count, log10Sum: z.number().nullable() })),
          }),
        )
        .min(1),
      of: z.array(z.number().int().min(-1)),
    })
    .exactOptional(),
});

/**
 * Writes a part. Equal parts give equal bytes.
 *
 * @param sampleSize the size that the samples were made with.
 */
export function formatPart(part: Part, sampleSize: number): Uint8Array {
  const samples = part.samples.map((sample) => sample.toBytes());
  const header: Record<string, unknown> = {
    manifest: part.manifest,
    shard: part.shard,
    records: part.records,
    lines: part.lines ?? null,
    bytes: part.bytes,
    tokens: part.tokens,
    documents: part.documents.length,
    failed: part.failed,
    failures: part.failures,
    ids: part.ids ?? null,
    ...(part.answers === undefined ? {} : { answers: part.answers }),
    ...(part.files === undefined ? {} : { files: part.files }),
    ...(part.coverage === undefined ? {} : { coverage: part.coverage }),
    eValues: part.eValues,
    samples: part.samples.map(({ level, size }) => ({ level, size: sampleSize, entries: size })),
    leads: part.leads.map(({ document, log10PValue, tokenIds }) => ({
      document,
      log10PValue,
      lengths: tokenIds.map(({ length }) => length),
    })),
    identity: part.identity.toJSON(),
    sample: part.sample.toJSON(),
    ...(part.claims === undefined || part.claims.size === 0 ? {} : { claims: [...part.claims] }),
    ...(part.groups === undefined ? {} : { groups: part.groups }),
  };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const tokens = part.leads.flatMap(({ tokenIds }) => tokenIds.map(bytesOf));
  const body = Buffer.concat([MAGIC, length, json, part.documents.toBytes(), ...samples, ...tokens]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/**
 * Reads a part.
 *
 * @throws {CorpusError} `part-damaged` if it is cut short, changed, or none at all.
 */
export function parsePart(bytes: Uint8Array): Part {
  return wellFormed(() => {
    const { header, documents, rest } = parseHeader(bytes);
    const { groups: _, ...facts } = factsOf({ header: factsHeader(header), sections: rest });
    return { ...facts, ...documents };
  });
}

// Sections check themselves, and know nothing of parts. What they say may quote the part, which holds texts.
function wellFormed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof CorpusError) throw error;
    throw damaged('one of its sections is malformed', error);
  }
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

/** Returns all of a part but its digest, which is right. */
function checkedBody(bytes: Uint8Array): Uint8Array {
  const body = bytes.subarray(0, Math.max(0, bytes.length - DIGEST_BYTES));
  if (!Buffer.from(body.subarray(0, MAGIC.length)).equals(MAGIC)) throw damaged('it does not begin like one');
  const digest = createHash('sha256').update(body).digest();
  if (!digest.equals(bytes.subarray(body.length))) throw damaged('it was cut short or changed');
  return body;
}

/** What a part says of each document. */
export type PartDocuments = PartHead & Pick<Part, 'documents' | 'ids' | 'answers' | 'claims' | 'groups'>;

/** All of a part but its documents, of which it has the number. */
export type PartFacts = Omit<Part, 'documents' | 'ids' | 'answers' | 'claims' | 'groups'> & {
  readonly documents: number;
  readonly groups?: Pick<PartGroups, 'groups'>;
};

/** The header of a part without what it says of single documents. */
interface FactsHeader
  extends Omit<PartFacts, 'lines' | 'failed' | 'failures' | 'samples' | 'leads' | 'identity' | 'sample'> {
  readonly lines: number | null;
  readonly failed: { readonly records: number; readonly byCode: Readonly<Record<string, number>> };
  readonly failures: readonly (Omit<RecordFailure, 'code'> & { readonly code: string })[];
  readonly samples: readonly { readonly level: number; readonly size: number; readonly entries: number }[];
  readonly leads: readonly {
    readonly document: number;
    readonly log10PValue: number;
    readonly lengths: readonly number[];
  }[];
  readonly identity?: unknown;
  readonly sample?: unknown;
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
    const { header, documents, rest } = parseHeader(bytes);
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

interface ParsedHeader {
  readonly header: z.output<typeof Header>;
  readonly documents: Pick<Part, 'documents' | 'ids' | 'answers' | 'claims' | 'groups'>;
  /** Everything behind the documents. */
  readonly rest: Uint8Array;
}

function parseHeader(bytes: Uint8Array): ParsedHeader {
  const sections = new Sections(checkedBody(bytes).subarray(MAGIC.length));
  const json = Buffer.from(sections.take(Buffer.from(sections.take(4)).readUInt32LE(0))).toString('utf8');
  const parsed = Header.safeParse(JSON.parse(json));
  if (!parsed.success) throw damaged('its header is malformed');
  const header = parsed.data;
  const documents = DocumentColumns.fromBytes(sections.take(header.documents * documentBytes()));
  if (documents === undefined) throw damaged('its documents are malformed');
  const { length } = documents;
  if (header.ids !== null && header.ids.length !== length)
    throw damaged('it has not an id for each document');
  if (header.answers !== undefined && header.answers.length !== length)
    throw damaged('it has not an answer for each document');
  if (header.claims?.some(([document]) => document >= length) === true)
    throw damaged('a claim is of none of its documents');
  const { groups } = header;
  if (groups !== undefined && !fit(groups, length, header.eValues.length))
    throw damaged('its groups are not those of its documents');
  if (documents.largest('key') >= header.eValues.length)
    throw damaged('a document is of a key that it has not');
  if (header.files !== undefined && !addUp(header.files, header))
    throw damaged('what it says of its files does not add up to the whole');
  const { ids, answers, claims } = header;
  return {
    header,
    documents: {
      documents,
      ids: ids ?? undefined,
      ...(answers === undefined ? {} : { answers }),
      ...(claims === undefined ? {} : { claims: new Map(claims) }),
      ...(groups === undefined ? {} : { groups }),
    },
    rest: sections.rest(),
  };
}

// Without what it says of single documents.
function factsHeader({
  ids: _,
  answers: __,
  claims: ___,
  groups,
  ...facts
}: z.output<typeof Header>): FactsHeader {
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

/** Bytes that are taken section by section. */
class Sections {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw damaged('a section is missing');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }
}

function addUp(files: readonly PartFile[], header: z.output<typeof Header>): boolean {
  const sums = { records: 0, documents: 0, tokens: 0, bytes: 0, failed: 0 };
  for (const file of files) {
    for (const name of ['records', 'documents', 'tokens', 'bytes', 'failed'] as const)
      sums[name] += file[name];
  }
  const { records, documents, tokens, bytes, failed } = header;
  return (
    sums.records === records &&
    sums.documents === documents &&
    sums.tokens === tokens &&
    sums.bytes === bytes &&
    sums.failed === failed.records
  );
}

function fit({ groups, of }: PartGroups, documents: number, keys: number): boolean {
  const counts = groups.map(() => 0);
  for (const number of of) if (number >= 0) counts[number] = (counts[number] ?? 0) + 1;
  return (
    of.length === documents &&
    counts.length === groups.length &&
    groups.every(
      ({ eValues, documents: own }, i) =>
        own === counts[i] && eValues.length === keys && eValues.every(({ count: some }) => some <= own),
    )
  );
}

function documentBytes(): number {
  // Columns are written as they lie in memory.
  if (endianness() !== 'LE')
    throw new CorpusError('unsupported', 'parts are read on little-endian hosts only');
  return ROW_BYTES;
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(Uint8Array.from(bytes).buffer);
}

function damaged(why: string, cause?: unknown): CorpusError {
  return new CorpusError('part-damaged', `not a whole part of a scan: ${why}`, { cause });
}
