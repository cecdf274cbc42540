/** What answers of several forms have in common. */
import { z } from 'zod';

/** Why an answer ended. */
export const FinishReason = z.enum(['stop', 'length']);

/** Whether a text carries the mark. */
export const Watermarked = z
  .boolean()
  .describe(
    'whether the answer carries the mark: not where it is of a few words, or nothing was left to choose',
  );

/** What was read and written. */
export const Usage = z
  .strictObject({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() })
  .meta({ id: 'Usage' });

/** What a completion begins with. */
export const Envelope = {
  id: z.string(),
  created: z.int().describe('Unix time, s'),
  model: z.string(),
  system_fingerprint: z.string().describe('`fp_` and the id of the key that marks'),
};

const token = {
  token: z.string().describe('its text'),
  logprob: z
    .number()
    .describe("natural logarithm of its probability by the model's own logits; -9999 for less"),
  bytes: z.array(z.int()).describe('its bytes: a token may be a part of a character'),
};

/** A token with its log-probability, and the likeliest ones of its step. */
export const TokenLogprob = z
  .strictObject({ ...token, top_logprobs: z.array(z.strictObject(token)) })
  .meta({ id: 'TokenLogprob' });
