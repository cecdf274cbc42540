export type { LlamaConfig } from './config.ts';
export { type DemoModelFiles, demoModelDirectory, demoModelFiles } from './files.ts';
export { type TokenizerFile, writeGguf } from './gguf.ts';
export { writeOnnx } from './onnx.ts';
