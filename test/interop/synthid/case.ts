/** What the known answers on SynthID-Text's g-values have in common, and how a source gives them. */
import type { ForeignMark } from '@countermark/watermark/interop';
import { z } from 'zod';

const Bits = z.string().regex(/^[01]*$/);

/** Parameters and inputs of a case. */
export const CASE_HEAD = {
  params: z.strictObject({
    keyset: z.string(),
    keys: z.array(z.string()),
    depth: z.int(),
    ngram_len: z.int(),
    vocab_size: z.int(),
    sampling_table_size: z.int().nullable(),
    sampling_table_seed: z.int().nullable(),
    context_history_size: z.int(),
    eos_token_id: z.int(),
  }),
  inputs: z.strictObject({ input_ids: z.array(z.int()) }),
};

/** What both implementations answer. */
export const COMMON_ANSWERS = {
  g_values: z.array(Bits),
  context_repetition_mask: Bits,
  eos_token_mask: Bits,
  num_unmasked_combined: z.int(),
  scores: z.strictObject({
    mean_ctxmask: z.number(),
    mean_combined: z.number(),
    weighted_mean_combined: z.number(),
    weighted_mean_ctxmask: z.number(),
  }),
  ngram_keys_first3: z.array(z.array(z.string())),
  expected_mean_g_value: z.number(),
};

/** Words of all scored tokens of a text. */
export function textWords({ source }: ForeignMark, tokenIds: Uint32Array): Uint32Array {
  const positions = Uint32Array.from(
    { length: Math.max(tokenIds.length - source.contextWidth, 0) },
    (_, i) => i + source.contextWidth,
  );
  const words = new Uint32Array(positions.length);
  source.sequenceWords(tokenIds, positions, new Uint8Array(positions.length), words);
  return words;
}

/** The names of a text's draws, `[n − h]`: equal for one draw. */
export function drawNames({ source }: ForeignMark, tokenIds: Uint32Array): string[] {
  const headers = new Uint32Array(4 * Math.max(tokenIds.length - source.contextWidth, 0));
  source.sequenceHeaders(tokenIds, headers);
  return Array.from({ length: headers.length / 4 }, (_, i) => {
    const [slot, position, low, high] = headers.subarray(4 * i, 4 * i + 4);
    const tokenId = tokenIds[i + source.contextWidth]!;
    return [slot, position, low, (high! ^ tokenId) >>> 0].join(' ');
  });
}

/** A word's first bits as digits. */
export function wordBits(word: number, depth: number): string {
  return Array.from({ length: depth }, (_, layer) => (word >>> layer) & 1).join('');
}

/** The masked words' mask and scores, as the known answers have them. */
export function maskOf(digits: string): Uint8Array {
  return Uint8Array.from(digits, Number);
}
