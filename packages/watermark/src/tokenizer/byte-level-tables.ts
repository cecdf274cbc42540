import { WatermarkError } from '../errors.ts';
import type { ByteLevelRules } from './fingerprint.ts';
import { mergeScratch } from './merge.ts';
import { pieceCache } from './merge-cache.ts';
import { crossingRanks } from './merge-characters.ts';
import { type EncoderTables, mergesToOne } from './merge-encode.ts';
import { impliedMerges, listedMerges, MAX_RANKS } from './merge-pairs.ts';
import { splitterOf } from './merge-split.ts';
import { indexVocabulary, NONE } from './merge-vocabulary.ts';
import { unicodeClasses } from './unicode-classes.ts';

/**
 * Returns what the encoder of a byte-level byte-pair tokenizer reads.
 *
 * @throws {WatermarkError} `tokenizer-unreadable` if the pattern is unknown, a byte has no token, or there
 *   are more than 2^21 tokens or merges.
 */
export function buildTables({ pattern, tokens, merges, wholePieces }: ByteLevelRules): EncoderTables {
  const nextPiece = splitterOf(pattern);
  if (nextPiece === undefined) throw unreadable('the pattern that cuts text into pieces is not a known one');
  const ranks = Math.max(tokens.size, merges?.length ?? 0);
  if (ranks > MAX_RANKS) throw unreadable(`expected at most ${MAX_RANKS} tokens and merges, got ${ranks}`);

  const vocabulary = indexVocabulary(tokens);
  const allBytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const byteIds = Int32Array.from(allBytes, (byte) => vocabulary.find(allBytes, byte, byte + 1));
  if (byteIds.includes(NONE)) throw unreadable(`byte ${byteIds.indexOf(NONE)} has no token`);

  const pairs = merges === undefined ? impliedMerges(vocabulary) : listedMerges(merges);
  const byteRanks = Int32Array.from({ length: 256 * 256 }, (_, pair) =>
    pairs.rankOf(byteIds[pair >> 8] ?? NONE, byteIds[pair & 0xff] ?? NONE),
  );
  const scratch = mergeScratch();
  const crossing = crossingRanks(tokens, pairs.products);
  const merging = { byteIds, byteRanks, crossingRanks: crossing, pairs, scratch };
  const whole = new Uint8Array(tokens.size);
  for (let id = 0; id < tokens.size; id++) {
    const start = tokens.starts[id] ?? 0;
    const length = tokens.lengths[id] ?? 0;
    if (length === 0) continue;
    // Without `wholePieces`, the short cut is taken only where merging the token's bytes ends in the token.
    whole[id] = Number(wholePieces || mergesToOne(merging, tokens.blob, start, start + length));
  }
  return { ...merging, vocabulary, classes: unicodeClasses(), nextPiece, whole, cache: pieceCache() };
}

function unreadable(message: string): WatermarkError {
  return new WatermarkError('tokenizer-unreadable', message);
}
