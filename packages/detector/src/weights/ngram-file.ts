/** The file of an n-gram model: one line of JSON, then the counts as little-endian 32-bit integers. */
import { DetectorError } from '../errors.ts';
import { NgramModel } from './ngram-model.ts';
import { NgramTable } from './ngram-table.ts';

/** The tokenizer whose token ids were counted. */
export interface NgramTokenizer {
  readonly name: string;
  readonly fingerprint: string;
}

/** A model with the tokenizer that it belongs to. */
export interface NgramFile {
  readonly model: NgramModel;
  readonly tokenizer: NgramTokenizer;
}

interface Header {
  readonly type: 'countermark-ngrams';
  readonly version: 1;
  readonly order: number;
  readonly vocabSize: number;
  readonly tokenizer: NgramTokenizer;
  readonly ngrams: number;
}

const ROW_BYTES = 12;
const LINE_FEED = 10;

/** Writes a model as the bytes of a file. */
export function formatNgramFile({ model, tokenizer }: NgramFile): Uint8Array {
  const rows = model.table.toRows();
  const { name, fingerprint } = tokenizer;
  const header: Header = {
    type: 'countermark-ngrams',
    version: 1,
    order: model.order,
    vocabSize: model.vocabSize,
    tokenizer: { name, fingerprint },
    ngrams: model.table.size - 1,
  };
  const line = new TextEncoder().encode(`${JSON.stringify(header)}\n`);
  const bytes = new Uint8Array(line.length + 4 * rows.length);
  bytes.set(line);
  const view = new DataView(bytes.buffer, line.length);
  for (let i = 0; i < rows.length; i++) view.setUint32(4 * i, rows[i] ?? 0, true);
  return bytes;
}

/**
 * Reads the bytes of a file.
 *
 * @throws {DetectorError} `ngrams-unreadable` saying what is wrong.
 */
export function parseNgramFile(bytes: Uint8Array): NgramFile {
  const end = bytes.subarray(0, 4096).indexOf(LINE_FEED);
  const header = end < 0 ? undefined : parseHeader(bytes.subarray(0, end));
  if (header === undefined) throw unreadable('not an n-gram file of version 1');
  const body = bytes.subarray(end + 1);
  if (body.length !== ROW_BYTES * header.ngrams) {
    throw unreadable(`it holds ${body.length} bytes of counts, not ${ROW_BYTES * header.ngrams}`);
  }
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const table = new NgramTable();
  for (let node = 1; node <= header.ngrams; node++) {
    const at = ROW_BYTES * (node - 1);
    const parent = view.getUint32(at, true);
    const tokenId = view.getUint32(at + 4, true);
    const occurrences = view.getUint32(at + 8, true);
    const isSound = parent < node && tokenId < header.vocabSize && occurrences > 0;
    if (!isSound || table.add(parent, tokenId, occurrences) !== node) {
      throw unreadable(`n-gram ${node} of ${header.ngrams} cannot be one`);
    }
  }
  return { model: new NgramModel(header.vocabSize, header.order, table), tokenizer: header.tokenizer };
}

function parseHeader(line: Uint8Array): Header | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(line));
  } catch {
    return undefined;
  }
  return isHeader(value) ? value : undefined;
}

function isHeader(value: unknown): value is Header {
  if (typeof value !== 'object' || value === null) return false;
  const { type, version, order, vocabSize, tokenizer, ngrams } = value as Partial<
    Record<keyof Header, unknown>
  >;
  const { name, fingerprint } = (tokenizer ?? {}) as Partial<Record<keyof NgramTokenizer, unknown>>;
  return (
    type === 'countermark-ngrams' &&
    version === 1 &&
    isWithin(order, 1, 8) &&
    isWithin(vocabSize, 1, 2 ** 31) &&
    isWithin(ngrams, 0, 2 ** 31) &&
    typeof name === 'string' &&
    typeof fingerprint === 'string'
  );
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
}

function unreadable(message: string): DetectorError {
  return new DetectorError('ngrams-unreadable', message);
}
