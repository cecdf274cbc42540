/** The known answers of KGW's two implementations, as both sides' configuration and what they answered to it. */
import { z } from 'zod';
import { peerCases } from '../peer-vectors.ts';

const Ids = z.array(z.int().nonnegative());
const HfParams = z.strictObject({
  seeding_scheme: z.string(),
  context_width: z.int(),
  hashing_key: z.int(),
  greenlist_ratio: z.number(),
  vocab_size: z.int(),
});
const GreenList = z.strictObject({
  prf_key: z.string().optional(),
  seed: z.string(),
  size: z.int(),
  first40: Ids,
  sha256_sorted: z.string(),
});
const Logits = z.strictObject({ biased_ids: Ids, out: z.array(z.number()) });
const Steps = z.strictObject({ input_ids: Ids, scores: z.array(z.number()) });

/** transformers: the green list that decides about a token, which for selfhash ends its window. */
export const HF_GREEN_LISTS = peerCases(
  'hf_kgw_greenlists',
  z.strictObject({ params: HfParams, inputs: z.strictObject({ input_seq: Ids }), expected: GreenList }),
);

/** transformers: logits before and after. */
export const HF_LOGITS = peerCases(
  'hf_kgw_logits',
  z.strictObject({ params: HfParams.extend({ bias: z.number() }), inputs: Steps, expected: Logits }),
);

const HfScore = z.strictObject({
  num_tokens_scored: z.number(),
  num_green_tokens: z.number(),
  green_fraction: z.number(),
  z_score: z.number(),
  p_value: z.number(),
  prediction: z.boolean(),
});

/** transformers: what the detector says of token ids. */
export const HF_DETECT = peerCases(
  'hf_kgw_detect',
  z.strictObject({
    params: HfParams.extend({ bias: z.number(), bos_token_id: z.int() }),
    inputs: z.strictObject({ input_ids: Ids }),
    expected: z.strictObject({
      'ignore_repeated_ngrams=false': HfScore,
      'ignore_repeated_ngrams=true': HfScore,
    }),
    info: z.strictObject({
      n: z.int(),
      ngrams: z.int(),
      distinct_ngrams: z.int(),
      embedding_strength: z.number(),
    }),
  }),
);

/** lm-watermarking: the green list of a text's last window. */
export const LMW_GREEN_LISTS = peerCases(
  'lmw_greenlists',
  z.strictObject({
    params: z.strictObject({
      seeding_scheme: z.string(),
      prf_type: z.string(),
      context_width: z.int(),
      self_salt: z.boolean(),
      hash_key: z.int(),
      vocab_size: z.int(),
      gamma: z.number(),
      select_green_tokens: z.boolean(),
    }),
    inputs: z.strictObject({ input_ids: Ids }),
    expected: GreenList,
  }),
);

/** lm-watermarking: logits before and after. */
export const LMW_LOGITS = peerCases(
  'lmw_logits',
  z.strictObject({
    params: z.strictObject({
      vocab_size: z.int(),
      seeding_scheme: z.string(),
      gamma: z.number(),
      delta: z.number(),
    }),
    inputs: Steps,
    expected: Logits,
  }),
);

const LmwScore = z.strictObject({
  num_tokens_scored: z.number(),
  num_green_tokens: z.number(),
  green_fraction: z.number(),
  z_score: z.number(),
  p_value: z.number(),
  prediction: z.number(),
  confidence: z.number().optional(),
});
const LmwText = LmwScore.extend({
  green_token_mask: z.string(),
  z_score_at_T: z.array(z.number()),
  windows: z.strictObject({ max: LmwScore, '20': LmwScore, '10,25,60': LmwScore }),
});

/** lm-watermarking: what the detector says of token ids. */
export const LMW_DETECT = peerCases(
  'lmw_detect',
  z.strictObject({
    params: z.strictObject({
      seeding_scheme: z.string(),
      gamma: z.number(),
      vocab_size: z.int(),
      z_threshold: z.number(),
    }),
    inputs: z.strictObject({ input_ids: Ids }),
    expected: z.strictObject({
      'ignore_repeated_ngrams=true': LmwText,
      'ignore_repeated_ngrams=false': LmwText,
    }),
    info: z.strictObject({ embedding_strength: z.number() }),
  }),
);
