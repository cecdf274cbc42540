import type { SamplingOptions } from '@countermark/watermark';

/** One token of the whole, truncated and renormalised distribution. */
export interface RankedToken {
  readonly id: number;
  readonly prob: number;
}

/** The ids of possible tokens from the likeliest on, ties by ascending id. */
export function orderNaively(logits: Float32Array): readonly number[] {
  const ids = Array.from(logits.keys()).filter((id) => logits[id]! > Number.NEGATIVE_INFINITY);
  return ids.sort((a, b) => logits[b]! - logits[a]! || a - b);
}

/**
 * The distribution after temperature, top-k and top-p by a full sort in double precision, ties by ascending id.
 *
 * @param order that of the logits, where whoever asks for several distributions has sorted them.
 */
export function rankNaively(
  logits: Float32Array,
  options: SamplingOptions,
  order: readonly number[] = orderNaively(logits),
): RankedToken[] {
  const { temperature = 1, topK = logits.length, topP = 1 } = options;
  const maximum = logits.reduce((a, b) => Math.max(a, b));
  let kept = order
    .slice(0, topK)
    .map((id) => ({ id, prob: Math.exp((logits[id]! - maximum) / temperature) }));
  const total = kept.reduce((sum, { prob }) => sum + prob, 0);
  let mass = 0;
  let size = 0;
  while (size < kept.length && (size === 0 || mass < topP * total)) mass += kept[size++]!.prob;
  if (topP < 1) kept = kept.slice(0, size);
  const rest = kept.reduce((sum, { prob }) => sum + prob, 0);
  return kept.map(({ id, prob }) => ({ id, prob: prob / rest })).filter(({ prob }) => prob > 0);
}

/** How near the cumulative mass comes to topP around the nucleus edge, relative to it: small means rounding decides. */
export function edgeDistance(
  logits: Float32Array,
  options: SamplingOptions,
  order: readonly number[] = orderNaively(logits),
): number {
  const { topP = 1, ...rest } = options;
  if (topP === 1) return 1;
  let mass = 0;
  let nearest = 1;
  for (const { prob } of rankNaively(logits, rest, order)) {
    mass += prob;
    nearest = Math.min(nearest, Math.abs(mass - topP) / topP);
  }
  return nearest;
}
