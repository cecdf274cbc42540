import { type ForeignMark, profileNamed } from '@countermark/watermark/interop';
import type { WordScore } from '@countermark/watermark/scheme';

/** A vocabulary that holds every id of the vectors. */
export const VOCABULARY = 200_019;

/** Opens a mark from a configuration as it stands in a file. */
export function openMark(profileName: string, config: object, vocabSize = VOCABULARY): ForeignMark {
  const profile = profileNamed(profileName);
  if (profile.kind !== 'tuples') throw new Error(`${profileName} scores no tuples`);
  return profile.open(profile.config.parse(config) as object, vocabSize);
}

/** Returns the words of tokens in one context, [m]. */
export function wordsIn(
  mark: ForeignMark,
  context: readonly number[],
  tokenIds: readonly number[],
): Uint32Array {
  const out = new Uint32Array(tokenIds.length);
  mark.source.candidateWords(Uint32Array.from(context), Uint32Array.from(tokenIds), 0, out);
  return out;
}

/** Returns the words at positions of a sequence, [m]. */
export function wordsAt(mark: ForeignMark, sequence: Uint32Array, positions: readonly number[]): Uint32Array {
  const out = new Uint32Array(positions.length);
  mark.source.sequenceWords(sequence, Uint32Array.from(positions), new Uint8Array(positions.length), out);
  return out;
}

/** The number that vLLM samples with, written down once more. */
export function vllmUniform(word: number): number {
  return Math.fround(((word >>> 8) + 1) / (2 ** 24 + 1));
}

/** What vLLM's detectors score: all positions, those without a full context padded with −1. */
export function vllmPositions(
  tokenIds: readonly number[],
  width: number,
  deduplicate: boolean,
): { readonly sequence: Uint32Array; readonly positions: number[] } {
  const sequence = Uint32Array.from([...new Array<number>(width).fill(-1), ...tokenIds]);
  const seen = new Set<string>();
  const positions: number[] = [];
  for (let position = width; position < sequence.length; position++) {
    const context = sequence.subarray(position - width, position).join();
    if (deduplicate && seen.has(context)) continue;
    seen.add(context);
    positions.push(position);
  }
  return { sequence, positions };
}

/** Names of the tuples of a sequence, by position from the width on, as the detector names them. */
function tupleNames(mark: ForeignMark, sequence: Uint32Array): string[] {
  const width = mark.source.contextWidth;
  const headers = new Uint32Array(4 * Math.max(0, sequence.length - width));
  mark.source.sequenceHeaders(sequence, headers);
  return Array.from(
    { length: headers.length / 4 },
    (_, i) => `${headers[4 * i + 2]},${(headers[4 * i + 3]! ^ sequence[width + i]!) >>> 0}`,
  );
}

/**
 * Scores documents as the detector does, each tuple once in `seen`.
 *
 * @returns number of unique tuples, and the sum of their scores.
 */
export function scoreUnique(
  mark: ForeignMark,
  sequence: Uint32Array,
  seen: Set<string> = new Set(),
): { readonly scored: number; readonly sum: number } {
  const width = mark.source.contextWidth;
  const positions: number[] = [];
  for (const [i, name] of tupleNames(mark, sequence).entries()) {
    if (seen.has(name)) continue;
    seen.add(name);
    positions.push(width + i);
  }
  const words = wordsAt(mark, sequence, positions);
  return { scored: positions.length, sum: mark.wordScore.sumScores(words, positions.length) };
}

/** Sum of the scores of words. */
export function scoreOf(reading: WordScore, words: Uint32Array): number {
  return reading.sumScores(words, words.length);
}
