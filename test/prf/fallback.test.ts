import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nobleBlock, seededKey, seededWords } from './noble-block.ts';

const KEY = seededKey('fallback');

// Hosts without SIMD say so when asked to validate the kernel; some hosts have no WebAssembly at all.
describe.each([
  ['no SIMD', { validate: () => false }],
  ['no WebAssembly', undefined],
])('a host with %s', (_, host) => {
  beforeEach(() => {
    // The support is looked up once in a process.
    vi.resetModules();
    vi.stubGlobal('WebAssembly', host);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('gets the scalar engine and the same words', async () => {
    const { createWordSource } = await import('@countermark/watermark/prf');
    const source = createWordSource(KEY, 4);
    expect(source.engine).toBe('scalar');
    const context = seededWords('fallback', 4);
    const out = new Uint32Array(4);
    source.contextHeader(context, out);
    expect(out).toEqual(nobleBlock(KEY, context, 0).subarray(0, 4));
  });

  it('is told when it insists on SIMD', async () => {
    const { createWordSource } = await import('@countermark/watermark/prf');
    expect(() => createWordSource(KEY, 4, { engine: 'simd' })).toThrow(
      expect.objectContaining({ name: 'WatermarkError', code: 'engine-unavailable' }),
    );
  });
});

describe('this host', () => {
  it('gets SIMD unless it asks for the scalar engine', async () => {
    vi.resetModules();
    const { createWordSource } = await import('@countermark/watermark/prf');
    expect(createWordSource(KEY, 4).engine).toBe('simd');
    expect(createWordSource(KEY, 4, { engine: 'auto' }).engine).toBe('simd');
    expect(createWordSource(KEY, 4, { engine: 'scalar' }).engine).toBe('scalar');
  });
});
