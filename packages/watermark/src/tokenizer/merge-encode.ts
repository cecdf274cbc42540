import { LONG_PIECE, type MergeScratch, mergeLong, mergeShort } from './merge.ts';
import type { PieceCache } from './merge-cache.ts';
import { type CharacterTables, characterAt, characterWidth } from './merge-characters.ts';
import type { NextPiece, SplitInput } from './merge-split.ts';
import { hashBytes, NONE, type Vocabulary } from './merge-vocabulary.ts';

/** What {@link encodeBytes} reads; built once by a tokenizer. */
export interface EncoderTables extends CharacterTables {
  readonly vocabulary: Vocabulary;
  readonly classes: Uint8Array;
  readonly nextPiece: NextPiece;
  /** 1 for a token that a piece with its bytes becomes at once, without merging `[vocabulary.size]`. */
  readonly whole: Uint8Array;
  readonly scratch: MergeScratch;
  readonly cache: PieceCache;
}

/**
 * Returns the token ids of a text: cuts it into pieces, and merges those that are not tokens themselves.
 *
 * @param bytes valid UTF-8.
 */
export function encodeBytes(tables: EncoderTables, bytes: Uint8Array): Uint32Array {
  const { vocabulary, nextPiece, whole, scratch, classes, cache } = tables;
  const input: SplitInput = { bytes, classes };
  let ids = new Uint32Array(16 + (bytes.length >> 1));
  let count = 0;
  for (let start = 0; start < bytes.length; ) {
    const end = nextPiece(input, start);
    const length = end - start;
    // A piece has at most as many tokens as bytes.
    if (count + length > ids.length) {
      const larger = new Uint32Array(2 * ids.length + length);
      larger.set(ids);
      ids = larger;
    }
    const hash = hashBytes(bytes, start, end);
    const id = vocabulary.find(bytes, start, end, hash);
    if (id !== NONE && whole[id] === 1) {
      ids[count++] = id;
    } else if (length <= LONG_PIECE) {
      const known = cache.read(hash, bytes, start, end, ids, count);
      if (known > 0) {
        count += known;
      } else {
        const kept = mergeShortPiece(tables, bytes, start, end);
        for (let i = 0; i < kept; i++) ids[count + i] = scratch.ids[i]!;
        cache.keep(hash, bytes, start, end, ids, count, kept);
        count += kept;
      }
    } else {
      const tokens = mergeLongPiece(tables, bytes, start, end);
      ids.set(tokens, count);
      count += tokens.length;
    }
    start = end;
  }
  return ids.slice(0, count);
}

/** What merging a piece needs of the tables. */
type MergeTables = CharacterTables & Pick<EncoderTables, 'scratch'>;

/** Returns whether merging `bytes[start..end)`, at least one byte, ends in a single token. */
export function mergesToOne(tables: MergeTables, bytes: Uint8Array, start: number, end: number): boolean {
  return end - start <= LONG_PIECE
    ? mergeShortPiece(tables, bytes, start, end) === 1
    : mergeLongPiece(tables, bytes, start, end).length === 1;
}

/** Merges a piece of up to {@link LONG_PIECE} bytes into the front of `scratch.ids`, and returns the number of tokens. */
function mergeShortPiece(tables: MergeTables, bytes: Uint8Array, start: number, end: number): number {
  const { byteIds, byteRanks, pairs, scratch } = tables;
  const { ids, ranks } = scratch;
  let count = 0;
  let previous = NONE; // the byte before, unless it is part of a character
  for (let at = start; at < end; ) {
    const byte = bytes[at]!;
    const width = characterWidth(byte);
    const character = width === 1 ? NONE : characterAt(tables, bytes, start, end, at, width);
    const single = character === NONE;
    ids[count] = single ? byteIds[byte]! : character;
    if (count > 0) {
      ranks[count - 1] =
        single && previous !== NONE
          ? byteRanks[(previous << 8) | byte]!
          : pairs.rankOf(ids[count - 1]!, ids[count]!);
    }
    previous = single ? byte : NONE;
    at += single ? 1 : width;
    count++;
  }
  return mergeShort(pairs, scratch, count);
}

function mergeLongPiece(
  { byteIds, pairs }: MergeTables,
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint32Array {
  const tokens = new Uint32Array(end - start);
  for (let at = start; at < end; at++) tokens[at - start] = byteIds[bytes[at]!]!;
  return tokens.subarray(0, mergeLong(pairs, tokens));
}
