import { stat } from 'node:fs/promises';
import { demoModelFiles } from '@countermark/demo-model';
import { WatermarkError } from '@countermark/watermark';
import type { LocalModel, LocalModelOptions } from './local-model.ts';
import { openOnnxModel } from './onnx-model.ts';

/** What people call the bundled model and its tokenizer. */
export const DEMO = 'demo';

/**
 * Opens a model: `demo`, a directory with an ONNX export, or a GGUF file.
 *
 * @throws {WatermarkError} if it cannot be used, or the key belongs to another tokenizer; the system's error if there is none.
 */
export async function openLocalModel(name: string, options: LocalModelOptions): Promise<LocalModel> {
  if (name === DEMO) return openOnnxModel(demoModelFiles().onnxDirectory, options);
  if ((await stat(name)).isDirectory()) return openOnnxModel(name, options);
  if (name.endsWith('.gguf')) return (await import('./gguf-model.ts')).openGgufModel(name, options);
  throw new WatermarkError(
    'model-unreadable',
    `${name}: neither "demo", a directory with an ONNX model, nor a .gguf file`,
  );
}
