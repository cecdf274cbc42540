import { DEMO, openLocalModel } from '@countermark/local-model';
import { describe, expect, it, vi } from 'vitest';

// What Node does where the optional package was not installed.
vi.mock('onnxruntime-node', () => {
  throw Object.assign(new Error("Cannot find package 'onnxruntime-node'"), { code: 'ERR_MODULE_NOT_FOUND' });
});

describe('without onnxruntime-node', () => {
  it.each([false, true])('says which package a model in ONNX needs, on a thread: %s', async (thread) => {
    const opened = openLocalModel(DEMO, { tokenizers: [], thread, signal: new AbortController().signal });
    await expect(opened).rejects.toMatchObject({
      name: 'WatermarkError',
      code: 'model-unreadable',
      message: 'ONNX models need the optional package onnxruntime-node',
    });
  });
});
