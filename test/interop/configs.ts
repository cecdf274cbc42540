/** One configuration of each profile, as its users have it, with a vocabulary. Keys are made up. */
export interface SampleConfig {
  readonly profile: string;
  /** What sets it apart from the others of its profile. */
  readonly variant: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly vocabSize: number;
}

const VOCABULARY = 2000;

// Decimal, hexadecimal or single digits of what the configurations keep secret; searched for in all that is printed.
const KEYS_30 = Array.from({ length: 30 }, (_, i) => 900_001 + 104_729 * i);

/** Every profile at least once. */
export const SAMPLE_CONFIGS: readonly SampleConfig[] = [
  { profile: 'vllm-gumbel', variant: 'width 4', config: { key: '14832872548858613302', context_width: 4 } },
  { profile: 'vllm-gumbel', variant: 'width 1', config: { key: 1_234_567_890_123, context_width: 1 } },
  {
    profile: 'vllm-dual-key',
    variant: 'alpha 0.3',
    config: { key: '7081487137833920703', algorithm: 'dual_key_gumbel', alpha: 0.3 },
  },
  {
    profile: 'vllm-sbw',
    variant: 'selfhash',
    config: { key: '4262176441068991875', algorithm: 'sbw', sbw_gamma: 0.25, sbw_delta: 3 },
  },
  {
    profile: 'vllm-sbw',
    variant: 'lefthash',
    config: {
      key: '4262176441068991875',
      algorithm: 'sbw',
      sbw_scheme: 'lefthash',
      sbw_gamma: 0.25,
      sbw_delta: 3,
    },
  },
  {
    profile: 'vllm-synthid',
    variant: 'depth 30',
    config: { key: '2984291930123456789', algorithm: 'synthid', depth: 30 },
  },
  {
    profile: 'vllm-synthid-stream',
    variant: 'depth 32',
    config: { key: '2984291930123456789', algorithm: 'synthid_text' },
  },
  { profile: 'sglang-gumbel', variant: 'one key', config: { key: '118de93b2f6c5a71', context_window: 4 } },
  {
    profile: 'sglang-gumbel',
    variant: 'two keys',
    config: { key: '118de93b2f6c5a71', key_b: 'd38b26d32095d9c', mixing_probability: 0.3 },
  },
  { profile: 'synthid-hf', variant: 'depth 30', config: { keys: KEYS_30, ngram_len: 5 } },
  {
    profile: 'synthid-hf',
    variant: 'a small table',
    config: { keys: KEYS_30.slice(0, 9), ngram_len: 3, sampling_table_size: 1000, sampling_table_seed: 3 },
  },
  {
    profile: 'synthid-text',
    variant: 'depth 30',
    config: { keys: KEYS_30, ngram_len: 5, context_history_size: 1024, temperature: 1, top_k: 200 },
  },
  {
    profile: 'kgw-hf',
    variant: 'lefthash',
    config: {
      greenlist_ratio: 0.25,
      bias: 3,
      hashing_key: 15_485_863,
      seeding_scheme: 'lefthash',
      context_width: 1,
    },
  },
  {
    profile: 'kgw-hf',
    variant: 'selfhash',
    config: {
      greenlist_ratio: 0.25,
      bias: 3,
      hashing_key: 15_485_863,
      seeding_scheme: 'selfhash',
      context_width: 4,
    },
  },
  { profile: 'kgw', variant: 'simple_1', config: { gamma: 0.25, delta: 3, seeding_scheme: 'simple_1' } },
  { profile: 'kgw', variant: 'minhash', config: { gamma: 0.25, delta: 3, seeding_scheme: 'minhash' } },
  { profile: 'kgw', variant: 'selfhash', config: { gamma: 0.25, delta: 3, seeding_scheme: 'selfhash' } },
  {
    profile: 'three-bricks-green-list',
    variant: 'payload 7',
    config: {
      detector: 'maryland',
      ngram: 2,
      seed: 737_726,
      salt_key: 3_531_741,
      gamma: 0.25,
      delta: 3,
      payload: 7,
    },
  },
  {
    profile: 'three-bricks-gumbel',
    variant: 'width 3',
    config: { detector: 'openai', ngram: 3, seed: 737_726, salt_key: 3_531_741 },
  },
  {
    profile: 'textseal-green-list',
    variant: 'width 2',
    config: { watermark_type: 'greenlist', secret_key: 859_429, ngram: 2, gamma: 0.25, delta: 3 },
  },
  {
    profile: 'textseal-gumbel',
    variant: 'width 2',
    config: { watermark_type: 'gumbelmax', secret_key: 197_521, ngram: 2 },
  },
  {
    profile: 'textseal-synthid',
    variant: 'layers shared by neighbours',
    config: {
      watermark_type: 'synthid',
      secret_key: 807_555_129,
      ngram: 2,
      depth: 10,
      synthid_round_stride: 1,
    },
  },
  {
    profile: 'textseal-synthid',
    variant: 'weighted',
    config: {
      watermark_type: 'synthid-weighted',
      secret_key: 807_555,
      ngram: 2,
      depth: 30,
      synthid_round_stride: 659_101,
    },
  },
  {
    profile: 'exp-edit',
    variant: 'gumbel',
    config: { method: 'gumbel', key_len: 64, block: 40, seed: 1_006_627_331 },
  },
].map((entry) => ({ vocabSize: VOCABULARY, ...entry }));
