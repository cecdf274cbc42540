/** The law of layers that read one table at places which their keys shift, over all shifts: docs/statistics.md section 18.8. */
import type { ShiftedLayers } from '@countermark/watermark/scheme';
import { countedRowsLaw } from '../stats/counted-rows-law.ts';
import { bitConvolution } from '../stats/cyclic-convolution.ts';
import { errUpwards } from '../stats/err-upwards.ts';
import { latticeTailLog10 } from '../stats/lattice-tail.ts';
import { latticeQuantum, ROWS_MARGIN } from '../stats/rows-statistic.ts';

/** What the law needs to know of the layers. */
type LayerShifts = Pick<ShiftedLayers, 'table' | 'counted' | 'ways' | 'lnFactor'>;

/** The law of a mark's layers on whatever text. */
interface ShiftedLaw {
  /** Keys of one layer that it can tell apart. */
  readonly shifts: number;
  /** log10 of the least tail that any text can have. */
  readonly log10Least: number;
  /**
   * Computes log10 P(Σ over the counted layers of w S ≥ the key's own), S the ones of a layer under a random shift: exact for the sum of layers rounded
   * to a quantum, times what keys that are different cost; never too small.
   *
   * @param counts Float64Array `[size]`: how often a draw of each place was scored, in a document or in a whole corpus; of a sum of at most 2^32.
   * @param ones   `[depth]`: ones that each layer's own key gives.
   */
  tailLog10(counts: Float64Array, ones: ArrayLike<number>): number;
}

/**
 * Opens the law.
 *
 * @param weights Uint32Array `[depth]`: what a one of each layer scores.
 */
export function openShiftedLaw(shifted: LayerShifts, weights: Uint32Array): ShiftedLaw {
  const { table, counted, ways, lnFactor } = shifted;
  const size = table.length;
  const convolve = bitConvolution(table);
  // Of each place the one that reads it from the other side: Σ counts[a] · table[a + s] is a convolution at s.
  const turned = new Float64Array(size);
  const log10Factor = lnFactor / Math.LN10;
  const shifts = ways === undefined ? size : ways.reduce((sum, each) => sum + Math.min(1, each), 0);
  const all = ways === undefined ? size : ways.reduce((sum, each) => sum + each, 0);
  const rarest =
    ways === undefined ? 1 : ways.reduce((low, each) => (each > 0 ? Math.min(low, each) : low), Infinity);

  return {
    shifts,
    log10Least:
      counted.length === 0 ? 0 : Math.min(0, counted.length * Math.log10(rarest / all) + log10Factor),
    tailLog10(counts, ones) {
      if (counted.length === 0) return 0;
      for (let place = 0; place < size; place++) turned[(size - place) & (size - 1)] = counts[place]!;
      const { least, waysOf } = onesOfShifts(convolve(turned), ways);
      const quantum = quantumOf(waysOf, counted, weights);
      let sum = 0;
      const rows = counted.map((layer) => {
        const weight = weights[layer]!;
        sum += Math.floor((weight * (ones[layer]! - least)) / quantum);
        const row = new Float64Array(Math.floor((weight * (waysOf.length - 1)) / quantum) + 1);
        for (let more = 0; more < waysOf.length; more++) {
          row[Math.floor((weight * more) / quantum)]! += waysOf[more]!;
        }
        return row;
      });
      const tail = errUpwards(
        latticeTailLog10({ law: countedRowsLaw(rows), threshold: sum }),
        ROWS_MARGIN,
        1,
      );
      return Math.min(0, tail + log10Factor);
    },
  };
}

/** How many ones a layer has under all of its keys: `waysOf[i]` of them give `least + i`. */
interface LayerOnes {
  readonly least: number;
  readonly waysOf: Float64Array;
}

function onesOfShifts(sums: Float64Array, ways: Float64Array | undefined): LayerOnes {
  let least = Infinity;
  let most = 0;
  for (let shift = 0; shift < sums.length; shift++) {
    if (ways !== undefined && ways[shift] === 0) continue;
    least = Math.min(least, sums[shift]!);
    most = Math.max(most, sums[shift]!);
  }
  const waysOf = new Float64Array(most - least + 1);
  for (let shift = 0; shift < sums.length; shift++) {
    const count = ways === undefined ? 1 : ways[shift]!;
    if (count > 0) waysOf[sums[shift]! - least]! += count;
  }
  return { least, waysOf };
}

function quantumOf(waysOf: Float64Array, counted: readonly number[], weights: Uint32Array): number {
  let total = 0;
  let first = 0;
  let second = 0;
  for (let ones = 0; ones < waysOf.length; ones++) {
    total += waysOf[ones]!;
    first += waysOf[ones]! * ones;
    second += waysOf[ones]! * ones * ones;
  }
  const spread = second / total - (first / total) ** 2;
  const variance = counted.reduce((sum, layer) => sum + weights[layer]! ** 2 * spread, 0);
  return latticeQuantum(variance, counted.length);
}
