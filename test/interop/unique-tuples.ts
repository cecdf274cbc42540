import type { ForeignMark } from '@countermark/watermark/interop';

/** Positions that a detector scores: those with a full context whose tuple, by the salt, is new. */
export function uniquePositions({ source }: ForeignMark, tokenIds: Uint32Array): Uint32Array {
  const width = source.contextWidth;
  const count = Math.max(0, tokenIds.length - width);
  const headers = new Uint32Array(4 * count);
  source.sequenceHeaders(tokenIds, headers);
  const seen = new Set<string>();
  const positions: number[] = [];
  for (let i = 0; i < count; i++) {
    if (headers[4 * i]! !== 0) continue;
    const high = (headers[4 * i + 3]! ^ tokenIds[width + i]!) >>> 0;
    const name = `${headers[4 * i + 2]} ${high}`;
    if (!seen.has(name)) positions.push(width + i);
    seen.add(name);
  }
  return Uint32Array.from(positions);
}

/** The words of the tokens at some positions. */
export function wordsAt({ source }: ForeignMark, tokenIds: Uint32Array, positions: Uint32Array): Uint32Array {
  const words = new Uint32Array(positions.length);
  source.sequenceWords(tokenIds, positions, new Uint8Array(positions.length), words);
  return words;
}

/** Sum of the scores of a document's unique tuples, and how many there are. */
export function scoreOf(mark: ForeignMark, tokenIds: Uint32Array): { sum: number; scored: number } {
  const positions = uniquePositions(mark, tokenIds);
  const words = wordsAt(mark, tokenIds, positions);
  return { sum: mark.wordScore.sumScores(words, words.length), scored: words.length };
}

/** Positions that the peers' detectors score: they start one later, and count tuples or contexts once if told to. */
export function peerPositions(
  tokenIds: readonly number[],
  ngram: number,
  method: 'none' | 'v1' | 'v2',
): Uint32Array {
  const seen = new Set<string>();
  const positions: number[] = [];
  for (let position = ngram + 1; position < tokenIds.length; position++) {
    const name = tokenIds.slice(position - ngram, method === 'v2' ? position + 1 : position).join();
    if (method === 'none' || !seen.has(name)) positions.push(position);
    seen.add(name);
  }
  return Uint32Array.from(positions);
}
