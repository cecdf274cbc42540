/** Writing a two-leaf tournament into logits: what the ports of SynthID-Text share. */
import type { MarkProcessor, MarkSource } from '../profile.ts';
import { GatheredLogits } from './gathered-logits.ts';
import { TournamentUpdate } from './update.ts';

/** Whose tournament. */
export interface LogitsTournament {
  readonly source: MarkSource;
  /** Layers, 1…32. */
  readonly depth: number;
  /** Begins a step: returns the context to mark in, `[h]`, or undefined if the step is not marked. */
  contextOf(tokenIds: ArrayLike<number>): Uint32Array | undefined;
  /** Says what stands for the logarithm of a probability that is 0; by default -Infinity. */
  floorOf?(logits: Float32Array | Float64Array): number;
}

/**
 * Starts a response whose logits are replaced by the logarithms of the marked probabilities.
 *
 * Logits come after temperature and truncation. Its `process` throws a RangeError if a logit is NaN or Infinity, or none is
 * finite, and begins no step then.
 */
export function tournamentProcessor(tournament: LogitsTournament): MarkProcessor {
  const { source, depth } = tournament;
  const gathered = new GatheredLogits();
  const update = new TournamentUpdate(depth, 2);
  return {
    process(tokenIds, logits) {
      gathered.gatherPossible(logits);
      const context = tournament.contextOf(tokenIds);
      if (context === undefined) return;
      const { ids, values, words, count } = gathered;
      const floor = tournament.floorOf?.(logits) ?? -Infinity;
      source.candidateWords(context, ids.subarray(0, count), 0, words.subarray(0, count));
      update.apply(values, words, count, floor);
      if (count < logits.length) logits.fill(floor);
      for (let i = 0; i < count; i++) logits[ids[i]!] = values[i]!;
    },
  };
}
