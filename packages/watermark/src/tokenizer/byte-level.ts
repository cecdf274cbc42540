import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { WatermarkError } from '../errors.ts';
import { mergeScratch } from './merge.ts';
import { type EncoderTables, encodeBytes, mergePiece } from './merge-encode.ts';
import { impliedMerges, listedMerges, type Merge } from './merge-pairs.ts';
import { splitterOf } from './merge-split.ts';
import { indexVocabulary, NONE, type TokenBytes } from './merge-vocabulary.ts';
import { joinTokens, textOf, tokenOffsets } from './token-bytes.ts';
import type { Tokenizer } from './tokenizer.ts';
import { unicodeClasses } from './unicode-classes.ts';

/** Everything that decides the ids of a byte-level byte-pair tokenizer. */
export interface ByteLevelModel {
  readonly name: string;
  /** The pattern that cuts text into pieces; merges never cross a piece. */
  readonly pattern: string;
  /** Ordinary tokens; all 256 single bytes are among them. */
  readonly tokens: TokenBytes;
  /** Names of special tokens by id. */
  readonly special: ReadonlyMap<number, string>;
  /** The listed merges in order, or `undefined` for tiktoken's: implied by the ids. */
  readonly merges: readonly Merge[] | undefined;
  /** Whether a piece that is a token is that token even where merging would end elsewhere. */
  readonly wholePieces: boolean;
}

// The heap of a long merge holds rank and position in one double.
const MAX_VOCABULARY = 2 ** 21;

/**
 * Returns a tokenizer for a byte-level byte-pair model.
 *
 * Cutting is linear and merging n·log n in the length of the text, whatever the text.
 *
 * @throws {WatermarkError} `tokenizer-unreadable` if the pattern is unknown, a byte has no token, or there
 *   are more than 2^21 tokens.
 */
export function byteLevelTokenizer(model: ByteLevelModel): Tokenizer {
  let special = 0;
  for (const id of model.special.keys()) special = Math.max(special, id + 1);
  const vocabSize = Math.max(model.tokens.size, special);
  if (vocabSize > MAX_VOCABULARY) throw unreadable(`expected at most 2^21 tokens, got ${vocabSize}`);

  let open: OpenModel | undefined = { model, tables: buildTables(model) };
  let fingerprint: string | undefined;
  const live = (): OpenModel => {
    if (open === undefined) throw new TypeError('the tokenizer was closed');
    return open;
  };
  const tokenBytes = (id: number): Uint8Array => {
    const { tokens, special } = live().model;
    const start = tokens.starts[id] ?? 0;
    const length = tokens.lengths[id] ?? 0;
    if (length > 0) return tokens.blob.slice(start, start + length);
    const name = special.get(id);
    if (name !== undefined) return utf8ToBytes(name);
    throw new RangeError(`"id" expected the id of a token below ${vocabSize}, got ${id}`);
  };

  return {
    name: model.name,
    vocabSize,
    get fingerprint(): string {
      fingerprint ??= fingerprintOf(live().model);
      return fingerprint;
    },
    encode: (text) => encodeBytes(live().tables, utf8ToBytes(text)),
    decode: (ids) => textOf(joinTokens(ids, tokenBytes)),
    tokenBytes,
    byteOffsets: (text, ids) => tokenOffsets(utf8ToBytes(text), ids, tokenBytes),
    close() {
      open = undefined;
    },
  };
}

interface OpenModel {
  readonly model: ByteLevelModel;
  readonly tables: EncoderTables;
}

function buildTables({ pattern, tokens, merges, wholePieces }: ByteLevelModel): EncoderTables {
  const nextPiece = splitterOf(pattern);
  if (nextPiece === undefined) throw unreadable('the pattern that cuts text into pieces is not a known one');
  const vocabulary = indexVocabulary(tokens);
  const allBytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const byteIds = Uint32Array.from(allBytes, (byte) => vocabulary.find(allBytes, byte, byte + 1));
  if (byteIds.includes(NONE)) throw unreadable(`byte ${byteIds.indexOf(NONE)} has no token`);
  const longest = tokens.lengths.reduce((most, length) => Math.max(most, length), 0);
  const pairs =
    merges === undefined
      ? impliedMerges(vocabulary)
      : listedMerges(merges, productsOf(merges, tokens, vocabulary.find));
  const scratch = mergeScratch(longest);
  const whole = new Uint8Array(vocabulary.size);
  for (let id = 0; id < vocabulary.size; id++) {
    const start = tokens.starts[id] ?? 0;
    const length = tokens.lengths[id] ?? 0;
    if (length === 0) continue;
    // Without `wholePieces`, the short cut is taken only where merging the token's bytes ends in the token.
    whole[id] = Number(
      wholePieces || mergePiece({ byteIds, pairs, scratch }, tokens.blob, start, start + length) === 1,
    );
  }
  return { vocabulary, pairs, classes: unicodeClasses(), nextPiece, byteIds, whole, scratch };
}

function productsOf(
  merges: readonly Merge[],
  { blob, starts, lengths }: TokenBytes,
  find: (bytes: Uint8Array, start: number, end: number) => number,
): Uint32Array {
  const bytesOf = (id: number): Uint8Array => {
    const start = starts[id] ?? 0;
    return blob.subarray(start, start + (lengths[id] ?? 0));
  };
  return Uint32Array.from(merges, ({ left, right }, rank) => {
    const bytes = Uint8Array.of(...bytesOf(left), ...bytesOf(right));
    const product = find(bytes, 0, bytes.length);
    if (product === NONE) throw unreadable(`merge ${rank} makes no token`);
    return product;
  });
}

// One text line with what is not bytes, then id, length (u32, little endian) and bytes of each token in order
// of ids, then the listed merges as pairs of ids. Names are labels and stay out.
function fingerprintOf({ pattern, tokens, special, merges, wholePieces }: ByteLevelModel): string {
  const hash = sha256.create();
  const words = (...values: number[]): void => {
    const buffer = new DataView(new ArrayBuffer(4 * values.length));
    values.forEach((value, i) => {
      buffer.setUint32(4 * i, value, true);
    });
    hash.update(new Uint8Array(buffer.buffer));
  };
  const names = [...special].sort(([a], [b]) => a - b);
  const rule = merges === undefined ? 'implied' : merges.length;
  hash.update(utf8ToBytes(`countermark byte-level v1 ${JSON.stringify([pattern, wholePieces, rule, names])}\n`));
  for (let id = 0; id < tokens.size; id++) {
    const start = tokens.starts[id] ?? 0;
    const length = tokens.lengths[id] ?? 0;
    if (length === 0) continue;
    words(id, length);
    hash.update(tokens.blob.subarray(start, start + length));
  }
  for (const { left, right } of merges ?? []) words(left, right);
  return bytesToHex(hash.digest());
}

function unreadable(message: string): WatermarkError {
  return new WatermarkError('tokenizer-unreadable', message);
}
