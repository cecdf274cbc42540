/** Reading and writing marks whose word has one bit a layer, as in SynthID-Text. */
import type { ScoreReading } from '../../scheme/scheme.ts';
import { lastTokens } from '../mark-writers.ts';
import type { MarkProcessor, MarkSource } from '../profile.ts';

/** Share of ones among the bits when no mark is there: ones / of, from 1/1024 to 1023/1024. */
export interface BitShare {
  readonly ones: number;
  readonly of: number;
}

/**
 * Returns the reading that adds up the weights of the layers whose bit is 1.
 *
 * @param weights Uint32Array `[depth]`, depth 1…32; kept.
 */
export function layeredReading(weights: Uint32Array, share: BitShare): ScoreReading {
  const tables = byteTables(weights);
  const fraction = share.ones / share.of;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);

  function scoreOf(word: number): number {
    return (
      tables[word & 255]! +
      tables[256 + ((word >>> 8) & 255)]! +
      tables[512 + ((word >>> 16) & 255)]! +
      tables[768 + (word >>> 24)]!
    );
  }

  return {
    nullLaw: { kind: 'weighted-bits', weights, share },
    nullMean: fraction * total,
    nullDeviation: Math.sqrt(fraction * (1 - fraction) * squares),
    score: scoreOf,
    sumScores(words, count) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += scoreOf(words[i]!);
      return sum;
    },
  };
}

/**
 * Plays a two-leaf tournament over the tokens whose logit is finite, and writes the logarithms of their masses.
 *
 * Source: Dathathri et al., Nature 634 (2024): a layer multiplies the mass of a token with bit g by 1 + g − E, E being the
 * mean of g under the masses that it receives. Logits come after temperature and truncation; does nothing without a full
 * context.
 */
export function tournamentProcessor(source: MarkSource, depth: number): MarkProcessor {
  return {
    process(tokenIds, logits) {
      const context = lastTokens(tokenIds, source.contextWidth);
      if (context === undefined) return;
      const ids = Uint32Array.from(logits.keys()).filter((id) => logits[id]! > -Infinity);
      const words = new Uint32Array(ids.length);
      source.candidateWords(context, ids, 0, words);
      const maximum = ids.reduce((most, id) => Math.max(most, logits[id]!), -Infinity);
      const masses = Float64Array.from(ids, (id) => Math.exp(logits[id]! - maximum));
      const total = masses.reduce((sum, mass) => sum + mass, 0);
      for (let i = 0; i < masses.length; i++) masses[i]! /= total;
      for (let layer = 0; layer < depth; layer++) {
        let mean = 0;
        for (let i = 0; i < masses.length; i++) mean += masses[i]! * ((words[i]! >>> layer) & 1);
        for (let i = 0; i < masses.length; i++) masses[i]! *= 1 - mean + ((words[i]! >>> layer) & 1);
      }
      for (let i = 0; i < ids.length; i++) logits[ids[i]!] = Math.log(masses[i]!);
    },
  };
}

// The score is a sum over bits, so four look-ups by byte give it: [4 * 256].
function byteTables(weights: Uint32Array): Uint32Array {
  const tables = new Uint32Array(4 * 256);
  for (let at = 0; at < tables.length; at++) {
    const firstBit = 8 * (at >> 8);
    for (let bit = 0; bit < 8; bit++) {
      if ((at >> bit) & 1) tables[at]! += weights[firstBit + bit] ?? 0;
    }
  }
  return tables;
}
