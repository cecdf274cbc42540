/**
 * What names a tuple of TextSeal: the sums that its word is drawn at (prf.ts).
 *
 * A word of the synthid kinds is drawn at several sums, and a token shares some of them with its neighbours: layer l of token
 * id t in a context is layer l − 1 of token id t + stride. Two tuples that share a draw must not both be scored.
 */
import { HEADER_WORDS } from '../../prf/word-source.ts';
import { SHARED_SLOT } from '../key-strength.ts';
import { finishMurmur } from '../murmur.ts';
import { writeSalt } from '../salt.ts';
import { TOKEN_PRIME } from './prf.ts';

const TWO_32 = 2 ** 32;
// Cells are so many times as long as a word's draws: one part in this many of all tuples is not scored.
const CELL_RATIO = 16;

/** Names tuples, and says which are not scored. */
export interface TupleNames {
  /** Whether the tuple of a sum may be scored. */
  isScored(sum: number): boolean;
  /** Writes the header of the tuple of a sum. */
  write(sum: number, tokenId: number, out: Uint32Array, at: number): void;
}

/** Names tuples whose word is one draw: by its sum. */
export const singleDraws: TupleNames = {
  isScored: () => true,
  write(sum, tokenId, out, at) {
    const high = Math.floor(sum / TWO_32);
    writeSalt(sum - high * TWO_32, high, out, at);
    out[at + 3]! ^= tokenId;
  },
};

/**
 * Names tuples whose word is `depth` draws at sums that are `stride` tokens apart.
 *
 * A sum is q · TOKEN_PRIME + r, and a word takes the draws of q, q + stride, … in r. If the stride is greater than what q can
 * be, tuples share draws only where q mod stride is the same: that and r name the tuple. If it is 1, the line of q is cut
 * into cells of 16 · depth, from a start that depends on r. A tuple whose draws leave its cell is not scored, and of the
 * others one in each cell is: r and the cell name the tuple, and scored ones share no draw. What is not scored has one
 * name for all, a slot of 2^32 − 1, and the word 0, which is safe where it is counted.
 *
 * @param depth  draws of a word.
 * @param stride 1, or more than the vocabulary.
 */
export function layeredDraws(depth: number, stride: number): TupleNames {
  const cell = depth === 1 ? 1 : CELL_RATIO * depth;
  const start = (rest: number): number => (finishMurmur(rest ^ 0x510e527f) >>> 0) % cell;
  return {
    isScored(sum) {
      if (stride !== 1) return true;
      const q = Math.floor(sum / TOKEN_PRIME);
      return (q + start(sum - q * TOKEN_PRIME)) % cell <= cell - depth;
    },
    write(sum, tokenId, out, at) {
      const q = Math.floor(sum / TOKEN_PRIME);
      const rest = sum - q * TOKEN_PRIME;
      if (stride !== 1) writeSalt(rest, q % stride, out, at);
      else if (this.isScored(sum)) writeSalt(rest, Math.floor((q + start(rest)) / cell), out, at);
      else out.fill(SHARED_SLOT, at, at + HEADER_WORDS);
      out[at + 3]! ^= tokenId;
    },
  };
}
