/**
 * GGUF models, run by llama.cpp through node-llama-cpp.
 */
import type { LlamaContext, LlamaModel, Token } from 'node-llama-cpp';
import { WatermarkError } from '../errors.ts';
import type { LanguageModel, ModelSequence } from '../generation/language-model.ts';

/**
 * Wraps a loaded model, so that a watermarker samples from its logits.
 *
 * @param model   from `llama.loadModel`.
 * @param context from `model.createContext`; each open sequence takes one of its sequences. Neither is disposed here.
 */
export function llamaLanguageModel(model: LlamaModel, context: LlamaContext): LanguageModel {
  const logitCount = model.fileInfo.metadata.tokenizer.ggml.tokens.length;
  return {
    logitCount,
    contextLength: context.contextSize,
    open: () => openSequence(context, logitCount),
  };
}

function openSequence(context: LlamaContext, logitCount: number): ModelSequence {
  const sequence = context.getSequence();
  const last = new Float32Array(logitCount);
  // The logits after the last `rows` of the tokens, into `out`.
  const run = async (tokenIds: Uint32Array, rows: number, out: Float32Array): Promise<Float32Array> => {
    const first = tokenIds.length - rows;
    const results = await sequence.controlledEvaluate(
      Array.from(tokenIds as ArrayLike<number> as ArrayLike<Token>, (token, i) =>
        i < first ? token : [token, { generateNext: { logits: true } }],
      ),
    );
    out.fill(-Infinity);
    for (let row = 0; row < rows; row++) {
      const next = results[first + row]?.next.logits;
      if (next === undefined) throw new WatermarkError('model-unreadable', 'the engine returned no logits');
      for (const [tokenId, logit] of next) out[row * logitCount + tokenId] = logit;
    }
    return out;
  };
  return {
    append: (tokenIds) => run(tokenIds, 1, last),
    appendEach: (tokenIds) => run(tokenIds, tokenIds.length, new Float32Array(tokenIds.length * logitCount)),
    async close() {
      await sequence.dispose();
    },
  };
}
