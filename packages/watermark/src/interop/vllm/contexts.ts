/**
 * Which steps of a response vLLM marks: those whose context did not occur before.
 *
 * Source: vllm-project/vllm, vllm/v1/worker/gpu/sample/watermark.py, `repeated_context_mask`.
 */
import type { VllmConfig } from './config.ts';

/** The settings that decide. */
export type VllmContextRules = Pick<
  VllmConfig,
  'context_width' | 'deduplicate_contexts' | 'deduplicate_contexts_max_history'
>;

// vLLM's token before the first one.
const PADDING = -1;

/**
 * Says whether vLLM takes the context of the next token for repeated, and samples the token plainly.
 *
 * `none` looks nowhere, `single_turn` among the generated tokens, `all` in the prompt too, and counts a context that is not
 * full as repeated.
 *
 * @param tokenIds     prompt and response so far.
 * @param promptLength how many of them are the prompt's.
 */
function isRepeatedContext(
  tokenIds: ArrayLike<number>,
  promptLength: number,
  rules: VllmContextRules,
): boolean {
  const { context_width: width, deduplicate_contexts: scope } = rules;
  if (scope === 'none') return false;
  const total = tokenIds.length;
  if (scope === 'all' && total - promptLength < width) return true;
  const start = scope === 'all' ? 0 : promptLength;
  const idAt = (at: number, first: number): number => (at >= first ? (tokenIds[at] ?? PADDING) : PADDING);
  // The context's ids, the newest first.
  const current = Array.from({ length: width }, (_, back) => idAt(total - 1 - back, promptLength));
  const reach = rules.deduplicate_contexts_max_history ?? total;
  for (let position = Math.max(start, total - reach); position < total; position++) {
    let back = 0;
    while (back < width && idAt(position - 1 - back, start) === current[back]) back++;
    if (back === width) return true;
  }
  return false;
}

/**
 * Returns the context that the next token is marked in, `[h]`, or `undefined` if it is sampled plainly.
 *
 * vLLM pads the first contexts of a response with −1 and marks their tokens, so that the first token of every response is
 * drawn from one and the same noise. Those tokens are left unmarked here, and never scored.
 */
export function contextToMark(
  tokenIds: ArrayLike<number>,
  promptLength: number,
  rules: VllmContextRules,
): Uint32Array | undefined {
  const width = rules.context_width;
  if (tokenIds.length - promptLength < width) return undefined;
  if (isRepeatedContext(tokenIds, promptLength, rules)) return undefined;
  return Uint32Array.from({ length: width }, (_, place) => tokenIds[tokenIds.length - width + place] ?? 0);
}
