/** Many answers of the bundled model at once: one pass of the model for a token of each. */
import { demoModelDirectory, demoModelFiles } from '@countermark/demo-model';
import type { Answer } from '@countermark/evaluation';
import type { TokenSampler } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** The token that begins a text, and ends it. */
export const START = 4095;

const session = await InferenceSession.create(demoModelFiles().onnxModel, { intraOpNumThreads: 1 });
const caches = session.inputMetadata.filter(({ name }) => name.startsWith('past_key_values.'));

/** The bundled model's tokenizer. */
export const tokenizer = await openTokenizer(`${demoModelDirectory()}/tokenizer.json`);

/** Frees the model and its tokenizer. */
export async function closeModel(): Promise<void> {
  tokenizer.close();
  await session.release();
}

/**
 * Lets the model answer a prompt for each sampler; no answer ends before it has the asked length.
 *
 * @param prompts  token ids, at least one, one prompt for each sampler and all as long; or one for all of them.
 * @param samplers each started with its prompt.
 * @param tokens   of each answer; with the prompt's at most 512.
 */
export async function batchedAnswers(
  prompts: ArrayLike<number> | readonly ArrayLike<number>[],
  samplers: readonly TokenSampler[],
  tokens: number,
): Promise<Answer[]> {
  const batch = samplers.length;
  const answers = samplers.map(() => new Uint32Array(tokens));
  let past: Record<string, Tensor> = Object.fromEntries(
    caches.map((cache) => [cache.name, emptyCache(cache.isTensor ? cache.shape : [], batch)]),
  );
  let next = samplers.map((_, i) => {
    const prompt = isOne(prompts) ? prompts : prompts[i];
    return Array.from(prompt ?? []);
  });
  let length = 0;
  for (let step = 0; step < tokens; step++) {
    const results = await session.run({ ...past, ...inputsOf(next, length) });
    length += next[0]?.length ?? 0;
    for (const tensor of Object.values(past)) tensor.dispose();
    past = Object.fromEntries(
      caches.map(({ name }) => [name, results[name.replace('past_key_values', 'present')] as Tensor]),
    );
    const { data, dims } = results['logits'] as Tensor;
    const [, rows = 0, width = 0] = dims;
    next = samplers.map((sampler, i) => {
      const end = (i + 1) * rows * width;
      const logits = (data as Float32Array).subarray(end - width, end);
      logits[START] = -Infinity;
      const tokenId = sampler.next(logits);
      answers[i]?.fill(tokenId, step, step + 1);
      return [tokenId];
    });
  }
  for (const tensor of Object.values(past)) tensor.dispose();
  return answers.map((tokenIds) => ({ tokenIds, text: tokenizer.decode(tokenIds) }));
}

function isOne(prompts: ArrayLike<number> | readonly ArrayLike<number>[]): prompts is ArrayLike<number> {
  return typeof prompts[0] === 'number';
}

function emptyCache([, heads, , width]: readonly (number | string)[], batch: number): Tensor {
  return new Tensor('float32', new Float32Array(0), [batch, Number(heads), 0, Number(width)]);
}

function inputsOf(rows: readonly (readonly number[])[], before: number): Record<string, Tensor> {
  const count = rows[0]?.length ?? 0;
  const all: Record<string, Tensor> = {
    input_ids: int64(rows.flat(), [rows.length, count]),
    position_ids: int64(
      rows.flatMap((row) => row.map((_, i) => before + i)),
      [rows.length, count],
    ),
    attention_mask: int64(new Array<number>(rows.length * (before + count)).fill(1), [
      rows.length,
      before + count,
    ]),
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => session.inputNames.includes(name)));
}

function int64(values: readonly number[], dims: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dims);
}
