import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  demoModelDirectory,
  demoModelFiles,
  type LlamaConfig,
  type TokenizerFile,
  writeGguf,
  writeOnnx,
} from '@countermark/demo-model';
import { describe, expect, it } from 'vitest';

const modelFile = (name: string): Buffer => readFileSync(join(demoModelDirectory(), name));
const weights = modelFile('model.safetensors');
const config: LlamaConfig = JSON.parse(modelFile('config.json').toString());
const tokenizer: TokenizerFile = JSON.parse(modelFile('tokenizer.json').toString());

describe('demoModelDirectory', () => {
  it('holds weights of less than 8,000,000 bytes', () => {
    expect(statSync(join(demoModelDirectory(), 'model.safetensors')).size).toBeLessThan(8_000_000);
  });
});

describe('demoModelFiles', () => {
  it('names files that hold what the writers give for the committed weights', () => {
    const files = demoModelFiles();
    expect(readFileSync(files.onnxModel).equals(writeOnnx(weights, config))).toBe(true);
    expect(readFileSync(files.gguf).equals(writeGguf(weights, config, tokenizer))).toBe(true);
    expect(readFileSync(files.tokenizer).equals(modelFile('tokenizer.json'))).toBe(true);
  });
});

describe.each([
  ['writeOnnx', (file: Uint8Array, changed: LlamaConfig) => writeOnnx(file, changed)],
  ['writeGguf', (file: Uint8Array, changed: LlamaConfig) => writeGguf(file, changed, tokenizer)],
])('%s', (_, write) => {
  it('refuses a file cut short', () => {
    expect(() => write(weights.subarray(0, 7), config)).toThrow(RangeError);
    expect(() => write(weights.subarray(0, 100), config)).toThrow(RangeError);
    expect(() => write(weights.subarray(0, weights.length - 1), config)).toThrow(RangeError);
  });

  it('refuses a configuration that the tensors do not fit', () => {
    expect(() => write(weights, { ...config, num_hidden_layers: 6 })).toThrow(/model\.layers\.5\./);
    expect(() => write(weights, { ...config, vocab_size: 4097 })).toThrow(/embed_tokens/);
  });

  it('refuses a model of another shape than it can write', () => {
    expect(() => write(weights, { ...config, num_attention_heads: 6 })).toThrow(RangeError);
    expect(() => write(weights, { ...config, num_key_value_heads: 1 })).toThrow(RangeError);
    expect(() => write(weights, { ...config, tie_word_embeddings: false })).toThrow(RangeError);
  });
});

describe('writeGguf', () => {
  it('refuses a tokenizer of another size than the model', () => {
    const { '<|endoftext|>': _, ...vocab } = tokenizer.model.vocab;
    const smaller = { added_tokens: [], model: { ...tokenizer.model, vocab } };
    expect(() => writeGguf(weights, config, smaller)).toThrow(/4096/);
  });
});
