/** Prompts that people wrote: beginnings of passages of the human texts. */
import { humanDocuments } from '@countermark/fixtures';
import type { Tokenizer } from '@countermark/watermark/tokenizer';

const PROMPT_TOKENS = 10;

const CHARACTERS = 300;

/**
 * Lists prompts of ten tokens, all different, spread over the texts.
 *
 * @param tokenizer of the model that is asked.
 * @returns some thousands, in a fixed order.
 */
export function humanPrompts(tokenizer: Tokenizer): readonly Uint32Array[] {
  const seen = new Set<string>();
  const prompts = humanDocuments('prose', CHARACTERS)
    .map((text) => tokenizer.encode(text).slice(0, PROMPT_TOKENS))
    .filter((ids) => ids.length === PROMPT_TOKENS && seen.size < seen.add(ids.join()).size);
  // Neighbours are of one address or chapter: a stride that has no divisor in common with their number visits all of them.
  return prompts.map((_, i) => prompts[(i * stride(prompts.length)) % prompts.length]!);
}

function stride(count: number): number {
  const common = (a: number, b: number): number => (b === 0 ? a : common(b, a % b));
  let step = Math.floor(count * 0.382);
  while (common(step, count) !== 1) step++;
  return step;
}
