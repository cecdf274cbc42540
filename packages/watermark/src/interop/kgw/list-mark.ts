/** What green lists make of logits and of words: the half of the ports that KGW's two implementations share. */
import { checkInteger } from '../../prf/check.ts';
import { greenScore } from '../green-score.ts';
import type { ForeignMark, MarkProcessor } from '../profile.ts';
import type { GreenPart } from '../torch/green-lists.ts';
import { GreenLists, hasBit } from '../torch/green-lists.ts';
import type { ListSeeds } from './list-seeds.ts';
import { createListSource } from './list-source.ts';

/** How green lists are written. */
export interface ListWriting {
  /** Added to the logits of green tokens. */
  readonly bias: number;
  /** Tokens there must be before a step is marked. */
  readonly leastTokens: number;
  /** Likeliest candidates that are looked at where each has a list of its own. */
  readonly candidates: number;
}

/**
 * Opens a mark of green lists.
 *
 * @param seedBits bits of the key that a scored tuple's seed depends on.
 */
export function openListMark(
  seeds: ListSeeds,
  part: GreenPart,
  writing: ListWriting,
  seedBits: number,
): ForeignMark {
  const lists = new GreenLists(part);
  const { listed, vocabSize } = part;
  const { source, checkOpen } = createListSource(seeds, lists, seedBits);
  return {
    source,
    wordScore: greenScore({ kind: 'drawn-lists', listed, vocabSize }, listed / vocabSize),
    startProcessor() {
      const processor = createListProcessor(seeds, lists, writing);
      return {
        process(tokenIds, logits) {
          // Without its key a list would be that of seed 0.
          checkOpen();
          processor.process(tokenIds, logits);
        },
      };
    },
  };
}

function createListProcessor(seeds: ListSeeds, lists: GreenLists, writing: ListWriting): MarkProcessor {
  const { contextWidth, usesToken } = seeds;
  const { vocabSize } = lists.part;
  const window = new Uint32Array(contextWidth + 1);
  const candidates = new Uint32Array(Math.min(writing.candidates, vocabSize));
  return {
    process(tokenIds, logits) {
      if (logits.length !== vocabSize) checkInteger('logits.length', logits.length, vocabSize, vocabSize);
      if (tokenIds.length < Math.max(writing.leastTokens, usesToken ? 0 : contextWidth)) return;
      // Where the seed depends on the token alone, there may be none before it.
      for (let i = 0; i < contextWidth; i++) window[i] = tokenIds[tokenIds.length - contextWidth + i] ?? 0;
      if (!usesToken) {
        const green = lists.list(seeds.seedAt(window, contextWidth));
        for (let id = 0; id < vocabSize; id++) if (hasBit(green, id)) logits[id]! += writing.bias;
        return;
      }
      listLargest(logits, candidates);
      for (const id of candidates) {
        window[contextWidth] = id;
        if (lists.isGreen(seeds.seedAt(window, contextWidth), id)) logits[id]! += writing.bias;
      }
    },
  };
}

/**
 * Lists the ids of the largest values, in descending order and equal ones by ascending id, as a stable sort has them.
 *
 * @param values `[>= out.length]`, no NaN.
 * @param out    Uint32Array. Overwritten.
 */
function listLargest(values: Float32Array | Float64Array, out: Uint32Array): void {
  let count = 0;
  for (let id = 0; id < values.length; id++) {
    const value = values[id]!;
    if (count === out.length && value <= values[out[count - 1]!]!) continue;
    let at = count === out.length ? count - 1 : count++;
    for (; at > 0 && values[out[at - 1]!]! < value; at--) out[at] = out[at - 1]!;
    out[at] = id;
  }
}
