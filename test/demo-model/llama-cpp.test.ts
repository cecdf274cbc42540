import { demoModelFiles } from '@countermark/demo-model';
import { getLlama, type Llama, type LlamaContextSequence, type LlamaModel, type Token } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviation, vectors } from './vectors.ts';

describe('the exported GGUF model under llama.cpp', () => {
  let llama: Llama;
  let model: LlamaModel;
  let sequence: LlamaContextSequence;

  beforeAll(async () => {
    llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, progressLogs: false });
    model = await llama.loadModel({ modelPath: demoModelFiles().gguf });
    const context = await model.createContext({ contextSize: 512, threads: 1 });
    sequence = context.getSequence();
  });
  afterAll(() => llama.dispose());

  it.each(vectors.tests)('splits a prompt into the tokens of tokenizer.json: $comment', (test) => {
    expect([...model.tokenize(test.prompt)]).toEqual(test.ids);
    expect(model.detokenize(test.ids as Token[])).toBe(test.prompt);
  });

  it.each(vectors.tests)('gives the logits of PyTorch: $comment', async (test) => {
    await sequence.clearHistory();
    const wanted = new Set(test.positions.map((p) => p.position));
    const outputs = await sequence.controlledEvaluate(
      test.ids.map((id, position) =>
        wanted.has(position) ? [id as Token, { generateNext: { logits: true } }] : (id as Token),
      ),
    );
    for (const expected of test.positions) {
      const logits = outputs[expected.position]?.next.logits;
      expect(deviation(expected, (id) => logits?.get(id as Token))).toBeLessThanOrEqual(
        vectors.absTol.float16,
      );
    }
  });

  it('continues greedily as PyTorch does', async () => {
    for (const test of vectors.tests) {
      await sequence.clearHistory();
      const generated: number[] = [];
      for await (const token of sequence.evaluate(test.ids as Token[], { temperature: 0 })) {
        generated.push(token);
        if (generated.length === test.continuation.length) break;
      }
      expect(generated).toEqual(test.continuation);
    }
  });
});
