import type { AddedToken } from './added-tokens.ts';
import { LONG_PIECE, type MergeScratch, mergeLong, mergeScratch, mergeShort } from './merge.ts';
import { columnMerges, type MergeColumns, type MergePairs } from './merge-pairs.ts';

/** A tokenizer whose tokens are merged from characters, with bytes for those that are no token. */
export interface CharacterModel {
  /** Whether every stretch of text gets a `▁` in front. */
  readonly prepends: boolean;
  /** Tokens that are taken out of the text before it is cut. */
  readonly added: readonly AddedToken[];
  /** All entries of the vocabulary, and the id of each `[names.length]`. */
  readonly names: readonly string[];
  readonly ids: Uint32Array;
  /** The token of each byte `[256]`. */
  readonly byteIds: Uint32Array;
  /** Tokens of one character, by code point. */
  readonly characters: ReadonlyMap<number, number>;
  readonly merges: MergeColumns;
  /** Whether no merge joins anything with a `▁` after it: then a text may be cut there, and its pieces merged by themselves. */
  readonly cutsAtSpaces: boolean;
}

/** What {@link encodeCharacters} reads. */
export interface CharacterEncoder {
  readonly byteIds: Uint32Array;
  readonly characters: ReadonlyMap<number, number>;
  readonly pairs: MergePairs;
  readonly cutsAtSpaces: boolean;
  readonly scratch: MergeScratch;
  /** Tokens of words that were merged lately. */
  readonly words: Map<string, Uint32Array>;
}

/** What stands for a space. */
export const META_SPACE = '▁';
const MOST_WORDS = 2 ** 14;
const LONGEST_WORD = 32;

/** Builds an encoder's tables. */
export function characterEncoder({
  byteIds,
  characters,
  merges,
  cutsAtSpaces,
}: CharacterModel): CharacterEncoder {
  return {
    byteIds,
    characters,
    pairs: columnMerges(merges),
    cutsAtSpaces,
    scratch: mergeScratch(),
    words: new Map(),
  };
}

/**
 * Returns the token ids of a normalized text.
 *
 * @param text well-formed Unicode.
 */
export function encodeCharacters(encoder: CharacterEncoder, text: string): Uint32Array {
  if (!encoder.cutsAtSpaces) return mergeText(encoder, text);
  let ids = new Uint32Array(16 + (text.length >> 1));
  let count = 0;
  for (let start = 0; start < text.length; ) {
    const end = wordEnd(text, start);
    const tokens = wordTokens(encoder, text.slice(start, end));
    if (count + tokens.length > ids.length) {
      const larger = new Uint32Array(2 * ids.length + tokens.length);
      larger.set(ids);
      ids = larger;
    }
    ids.set(tokens, count);
    count += tokens.length;
    start = end;
  }
  return ids.slice(0, count);
}

// After a run of spaces and what is none, up to the next space.
function wordEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && text[at] === META_SPACE) at++;
  const end = text.indexOf(META_SPACE, at);
  return end < 0 ? text.length : end;
}

function wordTokens(encoder: CharacterEncoder, word: string): Uint32Array {
  const known = encoder.words.get(word);
  if (known !== undefined) return known;
  const tokens = mergeText(encoder, word);
  if (word.length <= LONGEST_WORD) {
    if (encoder.words.size >= MOST_WORDS) encoder.words.clear();
    encoder.words.set(word, tokens);
  }
  return tokens;
}

function mergeText({ byteIds, characters, pairs, scratch }: CharacterEncoder, text: string): Uint32Array {
  // A code unit has three bytes at most.
  const tokens = new Uint32Array(3 * text.length);
  let count = 0;
  for (let at = 0; at < text.length; ) {
    const codePoint = text.codePointAt(at) ?? 0;
    const id = characters.get(codePoint);
    if (id !== undefined) tokens[count++] = id;
    else for (const byte of utf8Of(codePoint)) tokens[count++] = byteIds[byte]!;
    at += codePoint > 0xffff ? 2 : 1;
  }
  const parts = tokens.subarray(0, count);
  if (count > LONG_PIECE) return parts.slice(0, mergeLong(pairs, parts));
  for (let i = 0; i < count; i++) {
    scratch.ids[i] = parts[i]!;
    if (i > 0) scratch.ranks[i - 1] = pairs.rankOf(parts[i - 1]!, parts[i]!);
  }
  return Uint32Array.from(scratch.ids.subarray(0, count === 0 ? 0 : mergeShort(pairs, scratch, count)));
}

/** Returns the UTF-8 bytes of a code point that is no surrogate. */
export function utf8Of(codePoint: number): readonly number[] {
  const tail = (shift: number): number => 0x80 | ((codePoint >> shift) & 0x3f);
  if (codePoint < 0x80) return [codePoint];
  if (codePoint < 0x800) return [0xc0 | (codePoint >> 6), tail(0)];
  if (codePoint < 0x10000) return [0xe0 | (codePoint >> 12), tail(6), tail(0)];
  return [0xf0 | (codePoint >> 18), tail(12), tail(6), tail(0)];
}
