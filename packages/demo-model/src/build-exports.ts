import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { demoModelDirectory, demoModelFiles } from './files.ts';
import { writeGguf } from './gguf.ts';
import { writeOnnx } from './onnx.ts';

// Writes dist-model/ from model/. A file that already has the right bytes is left alone, and
// another is replaced in one step, so a reader never meets half a file.

const COPIED = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'];

function read(name: string): Uint8Array {
  return readFileSync(join(demoModelDirectory(), name));
}

function readJson(name: string) {
  return JSON.parse(new TextDecoder().decode(read(name)));
}

function replace(path: string, bytes: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.part`, bytes);
  renameSync(`${path}.part`, path);
}

const weights = read('model.safetensors');
const config = readJson('config.json');
const files = demoModelFiles();
for (const name of COPIED) replace(join(files.onnxDirectory, name), read(name));
replace(files.onnxModel, writeOnnx(weights, config));
replace(files.gguf, writeGguf(weights, config, readJson('tokenizer.json')));
