/**
 * Decoder models in ONNX, run by onnxruntime-node.
 *
 * The names of inputs and outputs are those of Hugging Face Optimum's exports with a key-value cache: `input_ids`,
 * `attention_mask`, `position_ids`, `past_key_values.N.key`, `present.N.key`.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { WatermarkError } from '../errors.ts';
import type { LanguageModel, ModelSequence } from '../generation/language-model.ts';

/** How {@link loadOnnxModel} runs a model. */
export interface OnnxModelOptions {
  /** Most tokens of a sequence, from the model's `config.json`. */
  readonly contextLength?: number;
  /** Options of the session, such as `intraOpNumThreads`. */
  readonly session?: InferenceSession.SessionOptions;
}

type TensorMetadata = InferenceSession.TensorValueMetadata;

/** A model loaded by {@link loadOnnxModel}; closing it frees the weights. */
export interface OnnxModel extends LanguageModel {
  close(): Promise<void>;
}

/**
 * Loads a decoder model.
 *
 * @param path    the model file; external weights lie beside it.
 * @param options see {@link OnnxModelOptions}.
 * @throws {WatermarkError} `model-unreadable` if it cannot be loaded or is not a decoder with a cache.
 */
export async function loadOnnxModel(path: string, options: OnnxModelOptions = {}): Promise<OnnxModel> {
  const session = await createSession(path, options.session ?? {});
  const inputs = session.inputMetadata.filter((input) => input.isTensor);
  const outputs = session.outputMetadata.filter((output) => output.isTensor);
  const logits = outputs.find((output) => output.name === 'logits');
  const logitCount = logits?.shape.at(-1);
  if (typeof logitCount !== 'number') {
    throw new WatermarkError(
      'model-unreadable',
      'the model has no output "logits" of a fixed vocabulary size',
    );
  }
  const unknown = inputs.find(({ name }) => !KNOWN_INPUTS.test(name));
  if (unknown !== undefined) {
    throw new WatermarkError('model-unreadable', `the model has an input that is not known: ${unknown.name}`);
  }
  const { contextLength } = options;
  return {
    logitCount,
    ...(contextLength === undefined ? {} : { contextLength }),
    open: () => openSequence(session, inputs, logitCount),
    close: () => session.release(),
  };
}

const KNOWN_INPUTS = /^(input_ids|attention_mask|position_ids|past_key_values\.\d+\.(key|value))$/;

async function createSession(
  path: string,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(path, options);
  } catch (cause) {
    throw new WatermarkError('model-unreadable', `${path} cannot be loaded as an ONNX model`, { cause });
  }
}

function openSequence(
  session: InferenceSession,
  inputs: readonly TensorMetadata[],
  logitCount: number,
): ModelSequence {
  const caches = inputs.filter(({ name }) => name.startsWith('past_key_values.'));
  let past: Record<string, Tensor> = Object.fromEntries(
    caches.map((input) => [input.name, emptyCache(input)]),
  );
  let length = 0;
  const run = async (tokenIds: Uint32Array): Promise<Tensor> => {
    const count = tokenIds.length;
    const total = length + count;
    const feeds: Record<string, Tensor> = { ...past };
    for (const { name } of inputs) {
      if (name === 'input_ids') feeds[name] = int64(count, (i) => tokenIds[i] ?? 0);
      if (name === 'attention_mask') feeds[name] = int64(total, () => 1);
      if (name === 'position_ids') feeds[name] = int64(count, (i) => length + i);
    }
    const results = await session.run(feeds);
    for (const tensor of Object.values(past)) tensor.dispose();
    past = Object.fromEntries(
      caches.map(({ name }) => [name, results[name.replace('past_key_values', 'present')] as Tensor]),
    );
    length = total;
    return results['logits'] as Tensor;
  };
  return {
    append: async (tokenIds) => lastRows(await run(tokenIds), logitCount, 1),
    appendEach: async (tokenIds) => lastRows(await run(tokenIds), logitCount, tokenIds.length),
    async close() {
      for (const tensor of Object.values(past)) tensor.dispose();
      past = {};
    },
  };
}

// One sequence, no tokens yet: the first symbolic dimension is the batch, any other the length.
function emptyCache({ type, shape }: TensorMetadata): Tensor {
  const dims = shape.map((size, axis) => (typeof size === 'number' ? size : axis === 0 ? 1 : 0));
  return type === 'float16'
    ? new Tensor('float16', new Uint16Array(0), dims)
    : new Tensor('float32', new Float32Array(0), dims);
}

function int64(count: number, value: (index: number) => number): Tensor {
  const data = BigInt64Array.from({ length: count }, (_, i) => BigInt(value(i)));
  return new Tensor('int64', data, [1, count]);
}

function lastRows(logits: Tensor, logitCount: number, rows: number): Float32Array {
  const { data } = logits;
  const start = data.length - rows * logitCount;
  if (data instanceof Float32Array) return data.subarray(start);
  if (logits.type === 'float16') return Float32Array.from((data as Uint16Array).subarray(start), fromHalf);
  throw new WatermarkError(
    'model-unreadable',
    `the model's logits are ${logits.type}, not float32 or float16`,
  );
}

// IEEE 754 binary16.
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
