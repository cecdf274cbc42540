import { fileURLToPath } from 'node:url';

/** Paths of the exported forms of the demo model. */
export interface DemoModelFiles {
  /** Directory that transformers.js loads as a local model. */
  readonly onnxDirectory: string;
  /** The ONNX graph inside that directory. */
  readonly onnxModel: string;
  /** The GGUF file, tokenizer included. */
  readonly gguf: string;
  /** The `tokenizer.json` inside the directory. */
  readonly tokenizer: string;
}

// This file lies in src/ or dist/, both directly under the package.
const packageDirectory = new URL('..', import.meta.url);

/** Returns the path of the trained model: safetensors weights, configuration and tokenizer. */
export function demoModelDirectory(): string {
  return fileURLToPath(new URL('model', packageDirectory));
}

/** Returns the paths of the exported model. The package's `build` script writes these files. */
export function demoModelFiles(): DemoModelFiles {
  const path = (name: string): string => fileURLToPath(new URL(`dist-model/${name}`, packageDirectory));
  return {
    onnxDirectory: path('countermark-demo'),
    onnxModel: path('countermark-demo/onnx/model.onnx'),
    gguf: path('countermark-demo.gguf'),
    tokenizer: path('countermark-demo/tokenizer.json'),
  };
}
