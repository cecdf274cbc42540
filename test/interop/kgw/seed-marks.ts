/** Marks whose seeds a test chooses, and words of whole lists. */
import { KGW_HF } from '@countermark/watermark/interop';

/** What {@link seedMark} opens. */
export type OpenMark = ReturnType<typeof KGW_HF.open>;

/** Opens lefthash under key 1, where the token before is the seed: any 32 bits of it. */
export function seedMark(vocabSize: number, share: number): OpenMark {
  return KGW_HF.open(KGW_HF.config.parse({ hashing_key: 1, greenlist_ratio: share }), vocabSize);
}

/** The salt of a context, low and high word. */
export function contextSalt({ source }: OpenMark, context: readonly number[]): number[] {
  const header = new Uint32Array(4);
  source.contextHeader(Uint32Array.from(context), header);
  return [...header.subarray(2)];
}

/** The salt of the last token of a text. */
export function lastSalt({ source }: OpenMark, tokenIds: readonly number[]): number[] {
  const headers = new Uint32Array(4 * (tokenIds.length - source.contextWidth));
  source.sequenceHeaders(Uint32Array.from(tokenIds), headers);
  return [...headers.subarray(-2)];
}

/** Ids whose word is 1 after a context, ascending. */
export function greenIds({ source }: OpenMark, context: readonly number[], vocabSize: number): number[] {
  const ids = Uint32Array.from({ length: vocabSize }, (_, id) => id);
  const words = new Uint32Array(vocabSize);
  source.candidateWords(Uint32Array.from(context), ids, 0, words);
  return [...ids.filter((id) => words[id] === 1)];
}

/** Words of the tokens from a position on. */
export function wordsFrom({ source }: OpenMark, tokenIds: readonly number[], from: number): number[] {
  const ids = Uint32Array.from(tokenIds);
  const positions = Uint32Array.from({ length: ids.length - from }, (_, i) => from + i);
  const words = new Uint32Array(positions.length);
  source.sequenceWords(ids, positions, new Uint8Array(positions.length), words);
  return [...words];
}
