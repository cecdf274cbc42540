import { headWidth, type LlamaConfig } from './config.ts';
import { encodeGguf, type GgufTensor, type GgufValue } from './gguf-file.ts';
import { type HalfTensor, halfToFloat, readSafetensors, requireTensor } from './safetensors.ts';

/** What the GGUF writer reads of a Hugging Face `tokenizer.json` with a byte-level BPE model. */
export interface TokenizerFile {
  readonly added_tokens: readonly { readonly id: number; readonly content: string }[];
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (readonly [string, string])[];
  };
}

// Numbers that llama.cpp gives to file types and token types.
const MOSTLY_F16 = 1;
const NORMAL_TOKEN = 1;
const CONTROL_TOKEN = 3;

/**
 * Writes a Llama model with its tokenizer as a GGUF file for llama.cpp.
 *
 * Matrices are float16, norms float32. llama.cpp rotates neighbouring dimensions where Hugging
 * Face rotates halves, so the rows of the query and key projections change their order.
 *
 * @param safetensors Uint8Array, a safetensors file with Hugging Face's tensor names, float16.
 * @param config      the model's `config.json`.
 * @param tokenizer   the model's `tokenizer.json`.
 * @returns the file; equal inputs give equal bytes.
 * @throws {RangeError} if the file is malformed, or it, the configuration and the tokenizer differ in size.
 */
export function writeGguf(
  safetensors: Uint8Array,
  config: LlamaConfig,
  tokenizer: TokenizerFile,
): Uint8Array {
  const tensors = ggufTensors(readSafetensors(safetensors), config);
  return encodeGguf({ ...modelMetadata(config), ...tokenizerMetadata(config, tokenizer) }, tensors);
}

function modelMetadata(config: LlamaConfig): Record<string, GgufValue> {
  return {
    'general.architecture': { string: 'llama' },
    'general.name': { string: 'Countermark demo' },
    'general.file_type': { uint32: MOSTLY_F16 },
    'llama.vocab_size': { uint32: config.vocab_size },
    'llama.context_length': { uint32: config.max_position_embeddings },
    'llama.embedding_length': { uint32: config.hidden_size },
    'llama.block_count': { uint32: config.num_hidden_layers },
    'llama.feed_forward_length': { uint32: config.intermediate_size },
    'llama.rope.dimension_count': { uint32: headWidth(config) },
    'llama.rope.freq_base': { float32: config.rope_theta },
    'llama.attention.head_count': { uint32: config.num_attention_heads },
    'llama.attention.head_count_kv': { uint32: config.num_key_value_heads },
    'llama.attention.layer_norm_rms_epsilon': { float32: config.rms_norm_eps },
  };
}

function tokenizerMetadata(config: LlamaConfig, tokenizer: TokenizerFile): Record<string, GgufValue> {
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(tokenizer.model.vocab)) tokens[id] = token;
  const types = tokens.map(() => NORMAL_TOKEN);
  for (const { id, content } of tokenizer.added_tokens) {
    tokens[id] = content;
    types[id] = CONTROL_TOKEN;
  }
  if (tokens.length !== config.vocab_size) {
    throw new RangeError(`"tokenizer" expected ${config.vocab_size} tokens, got ${tokens.length}`);
  }
  return {
    'tokenizer.ggml.model': { string: 'gpt2' },
    'tokenizer.ggml.pre': { string: 'gpt-2' },
    'tokenizer.ggml.tokens': { strings: tokens },
    'tokenizer.ggml.token_type': { int32s: types },
    'tokenizer.ggml.merges': { strings: tokenizer.model.merges.map((pair) => pair.join(' ')) },
    'tokenizer.ggml.bos_token_id': { uint32: config.bos_token_id },
    'tokenizer.ggml.eos_token_id': { uint32: config.eos_token_id },
    'tokenizer.ggml.add_bos_token': { bool: false },
    'tokenizer.ggml.add_eos_token': { bool: false },
  };
}

function ggufTensors(source: ReadonlyMap<string, HalfTensor>, config: LlamaConfig): GgufTensor[] {
  const { hidden_size: hidden, intermediate_size: inner, vocab_size: vocab } = config;
  const heads = config.num_attention_heads;
  const half = headWidth(config) / 2;
  const matrix = (name: string, from: string, shape: readonly [number, number]): GgufTensor => ({
    name,
    shape,
    type: 'f16',
    data: requireTensor(source, from, shape).data,
  });
  const rotary = (name: string, from: string): GgufTensor => {
    const tensor = matrix(name, from, [hidden, hidden]);
    return { ...tensor, data: interleaveHalves(tensor.data, heads, half) };
  };
  const norm = (name: string, from: string): GgufTensor => {
    const values = halfToFloat(requireTensor(source, from, [hidden]));
    return { name, shape: [hidden], type: 'f32', data: new Uint8Array(values.buffer) };
  };
  const layers = Array.from({ length: config.num_hidden_layers }, (_, layer) => {
    const [to, from] = [`blk.${layer}`, `model.layers.${layer}`];
    return [
      norm(`${to}.attn_norm.weight`, `${from}.input_layernorm.weight`),
      rotary(`${to}.attn_q.weight`, `${from}.self_attn.q_proj.weight`),
      rotary(`${to}.attn_k.weight`, `${from}.self_attn.k_proj.weight`),
      matrix(`${to}.attn_v.weight`, `${from}.self_attn.v_proj.weight`, [hidden, hidden]),
      matrix(`${to}.attn_output.weight`, `${from}.self_attn.o_proj.weight`, [hidden, hidden]),
      norm(`${to}.ffn_norm.weight`, `${from}.post_attention_layernorm.weight`),
      matrix(`${to}.ffn_gate.weight`, `${from}.mlp.gate_proj.weight`, [inner, hidden]),
      matrix(`${to}.ffn_up.weight`, `${from}.mlp.up_proj.weight`, [inner, hidden]),
      matrix(`${to}.ffn_down.weight`, `${from}.mlp.down_proj.weight`, [hidden, inner]),
    ];
  });
  return [
    matrix('token_embd.weight', 'model.embed_tokens.weight', [vocab, hidden]),
    ...layers.flat(),
    norm('output_norm.weight', 'model.norm.weight'),
  ];
}

/** Returns the rows of each head in the order 0, half, 1, half + 1, …: first row with its partner. */
function interleaveHalves(data: Uint8Array, heads: number, half: number): Uint8Array {
  const row = data.length / (heads * 2 * half);
  const out = new Uint8Array(data.length);
  for (let head = 0; head < heads; head++) {
    for (let i = 0; i < 2 * half; i++) {
      const from = (head * 2 + (i % 2)) * half + (i >> 1);
      out.set(data.subarray(from * row, (from + 1) * row), (head * 2 * half + i) * row);
    }
  }
  return out;
}
