import { basename, dirname } from 'node:path';
import { demoModelFiles } from '@countermark/demo-model';
import {
  AutoModelForCausalLM,
  AutoTokenizer,
  env,
  type PreTrainedModel,
  type PreTrainedTokenizer,
  type Tensor,
} from '@huggingface/transformers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { vectors } from './vectors.ts';

describe('the exported model under transformers.js', () => {
  let tokenizer: PreTrainedTokenizer;
  let model: PreTrainedModel;

  beforeAll(async () => {
    const { onnxDirectory } = demoModelFiles();
    env.allowRemoteModels = false;
    env.localModelPath = dirname(onnxDirectory);
    tokenizer = await AutoTokenizer.from_pretrained(basename(onnxDirectory));
    model = await AutoModelForCausalLM.from_pretrained(basename(onnxDirectory), {
      dtype: 'fp32',
      device: 'cpu',
    });
  });
  afterAll(() => model.dispose());

  it.each(vectors.tests)('splits a prompt into the same tokens: $comment', (test) => {
    expect(tokenizer.encode(test.prompt)).toEqual(test.ids);
    expect(tokenizer.decode(test.ids)).toBe(test.prompt);
  });

  it.each(vectors.tests)('continues greedily as PyTorch does: $comment', async (test) => {
    const inputs = tokenizer(test.prompt);
    const output = (await model.generate({
      ...inputs,
      do_sample: false,
      max_new_tokens: test.continuation.length,
    })) as Tensor;
    expect(output.tolist().flat().map(Number)).toEqual([...test.ids, ...test.continuation]);
  });

  it('gives the end-of-text token the last id and leaves it out of decoded text', () => {
    expect(tokenizer.encode('<|endoftext|>')).toEqual([4095]);
    expect(tokenizer.decode([4095], { skip_special_tokens: true })).toBe('');
  });
});
