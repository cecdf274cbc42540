/** What the exporters read of a Hugging Face `config.json` with `model_type: "llama"`. */
export interface LlamaConfig {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly max_position_embeddings: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  readonly tie_word_embeddings: boolean;
  readonly bos_token_id: number;
  readonly eos_token_id: number;
}

/**
 * Returns the width of one attention head.
 *
 * @throws {RangeError} if the heads do not divide the hidden size, if keys have fewer heads than
 * queries, or if the output projection is not the embedding: the exporters write no other model.
 */
export function headWidth(config: LlamaConfig): number {
  const width = config.hidden_size / config.num_attention_heads;
  if (!Number.isInteger(width / 2)) {
    throw new RangeError(`"hidden_size" expected a multiple of 2 * heads, got ${config.hidden_size}`);
  }
  if (config.num_key_value_heads !== config.num_attention_heads) {
    throw new RangeError(
      `"num_key_value_heads" expected ${config.num_attention_heads}, got ${config.num_key_value_heads}`,
    );
  }
  if (!config.tie_word_embeddings) throw new RangeError('"tie_word_embeddings" expected true, got false');
  return width;
}
