import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { seededKey } from '../prf/noble-block.ts';

class CompileError extends Error {}

// Workers at the edge, and pages whose Content Security Policy lacks 'wasm-unsafe-eval', have WebAssembly with SIMD, validate a
// module, and refuse to compile it.
describe('a host that compiles no WebAssembly', () => {
  // A mock without a prototype is no constructor.
  const Module = vi.fn(
    class {
      constructor() {
        throw new CompileError('WebAssembly.Module(): Wasm code generation disallowed by embedder');
      }
    },
  );

  beforeEach(() => {
    vi.resetModules();
    Module.mockClear();
    vi.stubGlobal('WebAssembly', { validate: () => true, Module, CompileError });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('computes words by the scalar engine', async () => {
    const { createWordSource } = await import('@countermark/watermark/prf');
    expect(createWordSource(seededKey('no compilation'), 4).engine).toBe('scalar');
    expect(Module).toHaveBeenCalledTimes(1);
  });

  it('chooses candidates by the scalar engine', async () => {
    const { CandidateSelector } = await import('@countermark/watermark');
    expect(new CandidateSelector(1000).engine).toBe('scalar');
    expect(Module).toHaveBeenCalledTimes(1);
    expect(() => new CandidateSelector(1000, { engine: 'wasm' })).toThrow(
      expect.objectContaining({ name: 'WatermarkError', code: 'engine-unavailable' }),
    );
  });

  it('reads other marks', async () => {
    const { ForeignKey, profileNamed } = await import('@countermark/watermark/interop');
    const { Detector } = await import('@countermark/detector');
    const key = new ForeignKey({
      profile: profileNamed('vllm-gumbel'),
      config: { algorithm: 'gumbel', key: 123456789 },
      vocabSize: 1000,
    });
    const detection = new Detector([key]).detect(Uint32Array.from({ length: 50 }, (_, i) => (i * i) % 1000));
    expect(detection.scored).toBeGreaterThan(0);
  });

  it('does not take another failure for a refusal', async () => {
    Module.mockImplementationOnce(
      class {
        constructor() {
          throw new RangeError('out of memory');
        }
      },
    );
    const { createWordSource } = await import('@countermark/watermark/prf');
    expect(() => createWordSource(seededKey('no compilation'), 4)).toThrow('out of memory');
  });
});
