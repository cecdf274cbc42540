import { InferenceSession, Tensor } from 'onnxruntime-node';

const LAYERS = 5;
const HEADS = 7;
const HEAD_WIDTH = 32;

/** One sequence run through a decoder graph with a key-value cache. */
export class OnnxDecoder {
  readonly #session: InferenceSession;
  #cache = emptyCache();
  #past = 0;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  /** Loads a model on one thread, so that sums have one order. */
  static async load(model: Uint8Array | string): Promise<OnnxDecoder> {
    const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
    const session =
      typeof model === 'string'
        ? await InferenceSession.create(model, options)
        : await InferenceSession.create(model, options);
    return new OnnxDecoder(session);
  }

  /** Forgets the sequence. */
  reset(): void {
    this.#cache = emptyCache();
    this.#past = 0;
  }

  /** Appends `ids`, `[n]`, and returns the logits after each, `[n][vocabulary]`. */
  async append(ids: readonly number[]): Promise<Float32Array[]> {
    const total = this.#past + ids.length;
    const positions = ids.map((_, index) => this.#past + index);
    const outputs = await this.#session.run({
      input_ids: integers(ids),
      attention_mask: integers(new Array(total).fill(1)),
      position_ids: integers(positions),
      ...this.#cache,
    });
    this.#past = total;
    this.#cache = Object.fromEntries(
      Object.entries(outputs)
        .filter(([name]) => name.startsWith('present.'))
        .map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor as Tensor]),
    );
    return rows(outputs['logits'] as Tensor);
  }

  /** Runs two sequences of one batch, the shorter padded on the left, and returns their logits. */
  async runPadded(batch: readonly (readonly number[])[]): Promise<Float32Array[][]> {
    const length = Math.max(...batch.map((ids) => ids.length));
    const pad = (ids: readonly number[], fill: number): number[] => [
      ...new Array(length - ids.length).fill(fill),
      ...ids,
    ];
    const shape = [batch.length, length];
    const stack = (values: number[][]) => integers(values.flat(), shape);
    const outputs = await this.#session.run({
      input_ids: stack(batch.map((ids) => pad(ids, 0))),
      attention_mask: stack(batch.map((ids) => pad(new Array(ids.length).fill(1), 0))),
      position_ids: stack(batch.map((ids) => pad([...ids.keys()], 0))),
      ...emptyCache(batch.length),
    });
    const all = rows(outputs['logits'] as Tensor);
    return batch.map((ids, b) => all.slice((b + 1) * length - ids.length, (b + 1) * length));
  }
}

function emptyCache(batch = 1): Record<string, Tensor> {
  const names = Array.from({ length: LAYERS }, (_, n) => [`${n}.key`, `${n}.value`]).flat();
  const shape = [batch, HEADS, 0, HEAD_WIDTH];
  return Object.fromEntries(
    names.map((name) => [`past_key_values.${name}`, new Tensor('float32', new Float32Array(0), shape)]),
  );
}

function integers(values: readonly number[], shape: readonly number[] = [1, values.length]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), shape);
}

function rows(logits: Tensor): Float32Array[] {
  const vocab = logits.dims.at(-1) as number;
  const data = logits.data as Float32Array;
  return Array.from({ length: data.length / vocab }, (_, row) => data.slice(row * vocab, (row + 1) * vocab));
}
