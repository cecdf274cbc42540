/** Writing marks whose words are known: what several ports share. */
import type { Candidates } from '../sampling/candidates.ts';
import type { MarkProcessor, MarkSampler, MarkSource } from './profile.ts';

/**
 * Chooses tokens by the largest r^(1/p), as its logarithm and in double precision.
 *
 * Source: Aaronson, "Watermarking GPT outputs", 2022. Where single precision makes several powers equal, others take the
 * likeliest of them. Without a full context the r are fresh.
 *
 * @param uniformOf the keyed r of a word, in [0, 1).
 * @param random    fresh uniform numbers in (0, 1), for what the key has none for.
 */
export function raceSampler(
  source: MarkSource,
  uniformOf: (word: number) => number,
  random: () => number,
): MarkSampler {
  let words = new Uint32Array(0);
  return {
    choose(tokenIds, candidates) {
      const { count } = candidates;
      if (words.length < count) words = new Uint32Array(count);
      const context = lastTokens(tokenIds, source.contextWidth);
      if (context === undefined) return race(candidates, random, random);
      source.candidateWords(context, candidates.tokenIds.subarray(0, count), 0, words.subarray(0, count));
      return race(candidates, (i) => uniformOf(words[i]!), random);
    },
  };
}

/** Adds `delta` to the logits of tokens whose word is 1; does nothing without a full context. */
export function greenProcessor(source: MarkSource, delta: number): MarkProcessor {
  let ids = new Uint32Array(0);
  let words = new Uint32Array(0);
  return {
    process(tokenIds, logits) {
      const context = lastTokens(tokenIds, source.contextWidth);
      if (context === undefined) return;
      if (ids.length !== logits.length) {
        ids = Uint32Array.from(logits, (_, id) => id);
        words = new Uint32Array(logits.length);
      }
      source.candidateWords(context, ids, 0, words);
      for (let id = 0; id < logits.length; id++) if (words[id] === 1) logits[id]! += delta;
    },
  };
}

/** Returns the context of the token that follows; undefined if the text is too short for one. */
export function lastTokens(tokenIds: ArrayLike<number>, width: number): Uint32Array | undefined {
  const start = tokenIds.length - width;
  if (start < 0) return undefined;
  return Uint32Array.from({ length: width }, (_, i) => tokenIds[start + i]!);
}

/** Returns the candidate with the largest r^(1/p); the tail runs with a fresh r. */
export function race(candidates: Candidates, uniform: (i: number) => number, random: () => number): number {
  const { count, tokenIds, probs, tailMass } = candidates;
  let first = Infinity;
  let winner = 0;
  for (let i = 0; i < count; i++) {
    const r = uniform(i);
    // −ln r ≥ 1 − r: most are out of the race without a logarithm.
    if (1 - r >= first * probs[i]!) continue;
    const arrival = -Math.log(r) / probs[i]!;
    if (arrival < first) {
      first = arrival;
      winner = i;
    }
  }
  if (tailMass > 0 && -Math.log(random()) / tailMass < first) return candidates.drawTail(random());
  return tokenIds[winner]!;
}
