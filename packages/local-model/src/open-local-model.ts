import type { Stats } from 'node:fs';
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
 * @throws {WatermarkError} if it cannot be used, there is none, or the key belongs to another tokenizer.
 */
export async function openLocalModel(name: string, options: LocalModelOptions): Promise<LocalModel> {
  if (name === DEMO) return openOnnxModel(demoModelFiles().onnxDirectory, options);
  if ((await statOf(name)).isDirectory()) return openOnnxModel(name, options);
  if (name.endsWith('.gguf')) return (await import('./gguf-model.ts')).openGgufModel(name, options);
  throw new WatermarkError(
    'model-unreadable',
    `${name}: neither "demo", a directory with an ONNX model, nor a .gguf file`,
  );
}

async function statOf(name: string): Promise<Stats> {
  try {
    return await stat(name);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
    throw new WatermarkError(
      'model-unreadable',
      `${name}: no such file or directory; a model is "demo", a directory with an ONNX model, or a .gguf file`,
      { cause },
    );
  }
}
