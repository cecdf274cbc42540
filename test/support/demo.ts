/** The bundled model with its tokenizer, for tests on real distributions. */
import { demoModelFiles } from '@countermark/demo-model';
import {
  createParams,
  type LanguageModel,
  type SamplingSettings,
  type WatermarkParams,
} from '@countermark/watermark';
import { loadOnnxModel, type OnnxModel } from '@countermark/watermark/integrations/onnxruntime';
import { openTokenizer, type Tokenizer } from '@countermark/watermark/tokenizer';

/** The model on one thread, and its tokenizer. */
export interface Demo {
  readonly model: LanguageModel;
  readonly tokenizer: Tokenizer;
  /** Returns parameters for the model's tokenizer. */
  params(given?: Partial<Omit<WatermarkParams, 'version' | 'tokenizer'>>): WatermarkParams;
  close(): Promise<void>;
}

/** How the model is sampled: as it is, and with the lower entropy of usual settings. */
export const SETTINGS: [string, SamplingSettings][] = [
  ['temperature 1', { temperature: 1 }],
  ['temperature 0.5, top-p 0.9', { temperature: 0.5, topP: 0.9 }],
];

/** Opens the model. */
export async function openDemo(): Promise<Demo> {
  const { onnxModel, tokenizer: path } = demoModelFiles();
  const model: OnnxModel = await loadOnnxModel(onnxModel, {
    contextLength: 512,
    session: { intraOpNumThreads: 1 },
  });
  const tokenizer = await openTokenizer(path);
  const { vocabSize, fingerprint } = tokenizer;
  return {
    model,
    tokenizer,
    params: (given = {}) => createParams({ tokenizer: { name: 'demo', vocabSize, fingerprint }, ...given }),
    async close() {
      tokenizer.close();
      await model.close();
    },
  };
}
