import { headWidth, type LlamaConfig } from './config.ts';
import { ElementType, OnnxGraph } from './onnx-graph.ts';
import { type HalfTensor, readSafetensors, requireTensor } from './safetensors.ts';

// Added to the scores of masked keys. Finite, so that a row of padding alone gives no NaN.
const MASKED = -1e9;

/**
 * Writes a Llama model as an ONNX graph with a key-value cache.
 *
 * Inputs, with the names that transformers.js gives them: `input_ids` and `position_ids`
 * int64 `[batch, sequence]`, `attention_mask` int64 `[batch, total]` and, for each layer n,
 * `past_key_values.n.key` and `.value` float32 `[batch, heads, past, head width]`. Outputs:
 * `logits` float32 `[batch, sequence, vocabulary]` and `present.n.key` and `.value`. Keys are
 * cached rotated. Weights stay float16 in the file; the run time casts them when it loads the
 * model, and computes in float32.
 *
 * @param safetensors Uint8Array, a safetensors file with Hugging Face's tensor names, float16.
 * @param config      the model's `config.json`.
 * @returns the file; equal inputs give equal bytes.
 * @throws {RangeError} if the file is malformed or does not fit the configuration.
 */
export function writeOnnx(safetensors: Uint8Array, config: LlamaConfig): Uint8Array {
  const writer = new DecoderWriter(readSafetensors(safetensors), config);
  return writer.write();
}

class DecoderWriter {
  readonly #graph = new OnnxGraph();
  readonly #tensors: ReadonlyMap<string, HalfTensor>;
  readonly #config: LlamaConfig;
  readonly #headWidth: number;

  constructor(tensors: ReadonlyMap<string, HalfTensor>, config: LlamaConfig) {
    this.#tensors = tensors;
    this.#config = config;
    this.#headWidth = headWidth(config);
  }

  write(): Uint8Array {
    const graph = this.#graph;
    const { vocab_size: vocab, hidden_size: hidden } = this.#config;
    const ids = graph.input('input_ids', ElementType.int64, ['batch', 'sequence']);
    graph.input('attention_mask', ElementType.int64, ['batch', 'total']);
    graph.input('position_ids', ElementType.int64, ['batch', 'sequence']);
    this.#constants();
    this.#mask();
    this.#rotation();
    const embedding = this.#weight('model.embed_tokens.weight', [vocab, hidden]);
    let x = graph.node('embedded', 'Gather', [embedding, ids]);
    for (let layer = 0; layer < this.#config.num_hidden_layers; layer++) x = this.#layer(x, layer);
    x = this.#norm(x, 'model.norm');
    const projection = graph.node('projection', 'Transpose', [embedding], { perm: [1, 0] });
    graph.node('logits', 'MatMul', [x, projection]);
    graph.output('logits', ElementType.float, ['batch', 'sequence', vocab]);
    return graph.encode('llama');
  }

  #constants(): void {
    const heads = this.#config.num_attention_heads;
    this.#graph.integers('axis.1', [1]);
    this.#graph.integers('axes.12', [1, 2]);
    this.#graph.integers('axis.last', [-1]);
    this.#graph.integers('halves', [this.#headWidth / 2, this.#headWidth / 2]);
    this.#graph.integers('shape.heads', [0, 0, heads, this.#headWidth]); // 0 keeps a size
    this.#graph.integers('shape.hidden', [0, 0, this.#config.hidden_size]);
    this.#graph.floats('two', [2]);
    this.#graph.floats('epsilon', [this.#config.rms_norm_eps]);
    this.#graph.floats('scale', [this.#headWidth ** -0.5]);
    this.#graph.floats('zero', [0]);
    this.#graph.floats('masked', [MASKED]);
    this.#graph.tensor('index.0', ElementType.int64, [], new Uint8Array(8));
    this.#graph.tensor('index.1', ElementType.int64, [], Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0));
  }

  /** Adds `bias`, `[batch, 1, sequence, total]`: 0 where a token may look, else {@link MASKED}. */
  #mask(): void {
    const graph = this.#graph;
    const sizeOf = (name: string, input: string): string => {
      graph.node(`${name}.shape`, 'Shape', [input]);
      return graph.node(name, 'Gather', [`${name}.shape`, 'index.1']);
    };
    const total = sizeOf('total', 'attention_mask');
    const past = graph.node('past', 'Sub', [total, sizeOf('sequence', 'input_ids')]);
    const keys = graph.node('keys', 'Range', ['index.0', total, 'index.1']);
    const rows = graph.node('queries', 'Range', [past, total, 'index.1']);
    const queries = graph.node('queries.column', 'Unsqueeze', [rows, 'axis.1']);
    const causal = graph.node('causal', 'LessOrEqual', [keys, queries]);
    graph.node('present', 'Cast', ['attention_mask'], { to: ElementType.bool });
    const kept = graph.node('kept', 'Unsqueeze', ['present', 'axes.12']);
    const seen = graph.node('seen', 'And', [kept, causal]);
    graph.node('bias', 'Where', [seen, 'zero', 'masked']);
  }

  /** Adds `cos` and `sin`, `[batch, 1, sequence, head width / 2]`, of position times rate. */
  #rotation(): void {
    const graph = this.#graph;
    const half = this.#headWidth / 2;
    const rates = Array.from({ length: half }, (_, i) => this.#config.rope_theta ** (-i / half));
    graph.floats('rates', rates, [half]);
    const position = graph.node('positions', 'Cast', ['position_ids'], { to: ElementType.float });
    graph.integers('axes.1last', [1, -1]);
    const column = graph.node('positions.column', 'Unsqueeze', [position, 'axes.1last']);
    const angles = graph.node('angles', 'Mul', [column, 'rates']);
    graph.node('cos', 'Cos', [angles]);
    graph.node('sin', 'Sin', [angles]);
  }

  #layer(x: string, layer: number): string {
    const graph = this.#graph;
    const path = `model.layers.${layer}`;
    const attended = this.#attention(this.#norm(x, `${path}.input_layernorm`), layer);
    const middle = graph.node(`${path}.middle`, 'Add', [x, attended]);
    const fed = this.#mlp(this.#norm(middle, `${path}.post_attention_layernorm`), `${path}.mlp`);
    return graph.node(`${path}.output`, 'Add', [middle, fed]);
  }

  #attention(x: string, layer: number): string {
    const graph = this.#graph;
    const path = `model.layers.${layer}.self_attn`;
    const hidden = this.#config.hidden_size;
    const heads = (name: string): string => {
      const flat = this.#linear(x, `${path}.${name}_proj`, [hidden, hidden]);
      graph.node(`${path}.${name}.split`, 'Reshape', [flat, 'shape.heads']);
      return graph.node(`${path}.${name}`, 'Transpose', [`${path}.${name}.split`], { perm: [0, 2, 1, 3] });
    };
    const query = this.#rotate(heads('q'));
    const key = this.#cache(this.#rotate(heads('k')), layer, 'key');
    const value = this.#cache(heads('v'), layer, 'value');
    const columns = graph.node(`${path}.columns`, 'Transpose', [key], { perm: [0, 1, 3, 2] });
    graph.node(`${path}.products`, 'MatMul', [query, columns]);
    graph.node(`${path}.scaled`, 'Mul', [`${path}.products`, 'scale']);
    graph.node(`${path}.scores`, 'Add', [`${path}.scaled`, 'bias']);
    const weights = graph.node(`${path}.weights`, 'Softmax', [`${path}.scores`], { axis: -1 });
    graph.node(`${path}.mixed`, 'MatMul', [weights, value]);
    graph.node(`${path}.rows`, 'Transpose', [`${path}.mixed`], { perm: [0, 2, 1, 3] });
    const joined = graph.node(`${path}.joined`, 'Reshape', [`${path}.rows`, 'shape.hidden']);
    return this.#linear(joined, `${path}.o_proj`, [hidden, hidden]);
  }

  /** Appends to a layer's cache and returns the whole, which is also an output. */
  #cache(fresh: string, layer: number, kind: 'key' | 'value'): string {
    const shape = (length: string) => ['batch', this.#config.num_attention_heads, length, this.#headWidth];
    const past = this.#graph.input(`past_key_values.${layer}.${kind}`, ElementType.float, shape('past'));
    const whole = this.#graph.node(`present.${layer}.${kind}`, 'Concat', [past, fresh], { axis: 2 });
    this.#graph.output(whole, ElementType.float, shape('total'));
    return whole;
  }

  /** Rotates the halves of each head (Su et al. 2021, in Hugging Face's order of dimensions). */
  #rotate(x: string): string {
    const graph = this.#graph;
    const [low, high] = [`${x}.low`, `${x}.high`];
    graph.nodes([low, high], 'Split', [x, 'halves'], { axis: -1 });
    const product = (half: string, by: string) => graph.node(`${half}.${by}`, 'Mul', [half, by]);
    const first = graph.node(`${x}.first`, 'Sub', [product(low, 'cos'), product(high, 'sin')]);
    const second = graph.node(`${x}.second`, 'Add', [product(high, 'cos'), product(low, 'sin')]);
    return graph.node(`${x}.rotated`, 'Concat', [first, second], { axis: -1 });
  }

  #mlp(x: string, path: string): string {
    const graph = this.#graph;
    const { hidden_size: hidden, intermediate_size: inner } = this.#config;
    const gate = this.#linear(x, `${path}.gate_proj`, [inner, hidden]);
    const up = this.#linear(x, `${path}.up_proj`, [inner, hidden]);
    graph.node(`${path}.sigmoid`, 'Sigmoid', [gate]);
    graph.node(`${path}.silu`, 'Mul', [gate, `${path}.sigmoid`]);
    const product = graph.node(`${path}.product`, 'Mul', [`${path}.silu`, up]);
    return this.#linear(product, `${path}.down_proj`, [hidden, inner]);
  }

  #norm(x: string, path: string): string {
    const graph = this.#graph;
    const weight = this.#weight(`${path}.weight`, [this.#config.hidden_size]);
    graph.node(`${path}.squares`, 'Pow', [x, 'two']);
    graph.node(`${path}.mean`, 'ReduceMean', [`${path}.squares`, 'axis.last'], { keepdims: 1 });
    graph.node(`${path}.variance`, 'Add', [`${path}.mean`, 'epsilon']);
    graph.node(`${path}.deviation`, 'Sqrt', [`${path}.variance`]);
    graph.node(`${path}.unit`, 'Div', [x, `${path}.deviation`]);
    return graph.node(path, 'Mul', [`${path}.unit`, weight]);
  }

  #linear(x: string, path: string, shape: readonly [number, number]): string {
    const weight = this.#weight(`${path}.weight`, shape);
    const columns = this.#graph.node(`${path}.columns`, 'Transpose', [weight], { perm: [1, 0] });
    return this.#graph.node(path, 'MatMul', [x, columns]);
  }

  /** Adds a weight as float16 and its cast to float32, which run times fold when they load. */
  #weight(name: string, shape: readonly number[]): string {
    const { data } = requireTensor(this.#tensors, name, shape);
    this.#graph.tensor(name, ElementType.half, shape, data);
    return this.#graph.node(`${name}.float`, 'Cast', [name], { to: ElementType.float });
  }
}
