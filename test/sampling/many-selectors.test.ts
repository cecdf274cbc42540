import { CandidateSelector } from '@countermark/watermark';
import { afterEach, describe, expect, it, vi } from 'vitest';

declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Memory: new (descriptor: { initial: number }) => object;
};
const { Module, Memory } = WebAssembly;

afterEach(() => {
  Object.assign(WebAssembly, { Module, Memory });
});

describe('many selectors', () => {
  it('share one compiled module', () => {
    const compiled = vi.fn();
    WebAssembly.Module = class extends Module {
      constructor(bytes: Uint8Array) {
        super(bytes);
        compiled();
      }
    };
    const logits = Float32Array.of(1, 3, 2);
    for (let i = 0; i < 10; i++) expect(new CandidateSelector(3).greedy(logits)).toBe(1);
    expect(compiled.mock.calls.length).toBeLessThanOrEqual(1);
  });

  it('say what is wrong where there is no room for another', () => {
    const cause = new RangeError('WebAssembly.Memory(): could not allocate memory');
    WebAssembly.Memory = class {
      constructor() {
        throw cause;
      }
    };
    expect(() => new CandidateSelector(3)).toThrow(
      expect.objectContaining({
        name: 'WatermarkError',
        code: 'engine-unavailable',
        message: expect.stringContaining('too many are open at once'),
        cause,
      }),
    );
  });
});
