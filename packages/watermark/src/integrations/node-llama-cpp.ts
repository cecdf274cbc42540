/**
 * GGUF models, run by llama.cpp through node-llama-cpp.
 */
import type { LlamaContext, LlamaModel, Token } from 'node-llama-cpp';
import { WatermarkError } from '../errors.ts';
import type { LanguageModel, ModelSequence } from '../language-model.ts';

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
  const logits = new Float32Array(logitCount);
  return {
    async append(tokenIds) {
      const tokens = Array.from(tokenIds) as Token[];
      const last = tokens.length - 1;
      const results = await sequence.controlledEvaluate([
        ...tokens.slice(0, last),
        [tokens[last] as Token, { generateNext: { logits: true } }],
      ]);
      const next = results[last]?.next.logits;
      if (next === undefined) throw new WatermarkError('model-unreadable', 'the engine returned no logits');
      logits.fill(-Infinity);
      for (const [tokenId, logit] of next) logits[tokenId] = logit;
      return logits;
    },
    async close() {
      await sequence.dispose();
    },
  };
}
