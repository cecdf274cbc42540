import { stat } from 'node:fs/promises';
import { demoModelFiles } from '@countermark/demo-model';
import { CommandError } from '../command-error.ts';
import { DEMO } from '../tokenizers.ts';
import { openGgufModel } from './gguf-model.ts';
import type { OpenModel, OpenModelOptions } from './model.ts';
import { openOnnxModel } from './onnx-model.ts';

/**
 * Opens the model that a `--model` value names: `demo`, a directory with an ONNX export, or a GGUF file.
 *
 * @throws {CommandError} if there is none, or the key belongs to another tokenizer.
 * @throws {WatermarkError} if the model cannot be used.
 */
export async function openModel(name: string, options: OpenModelOptions): Promise<OpenModel> {
  if (name === DEMO) return openOnnxModel(demoModelFiles().onnxDirectory, options);
  if ((await stat(name)).isDirectory()) return openOnnxModel(name, options);
  if (name.endsWith('.gguf')) return openGgufModel(name, options);
  throw new CommandError(`${name}: neither "demo", a directory with an ONNX model, nor a .gguf file`);
}
