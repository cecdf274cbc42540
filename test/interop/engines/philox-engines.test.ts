import type { ForeignMark } from '@countermark/watermark/interop';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { wordsAt } from './marks.ts';

const CONFIGS: readonly (readonly [string, object])[] = [
  ['vllm-gumbel', { key: '12345678901234567890', context_width: 4 }],
  ['vllm-gumbel', { key: 7, context_width: 9 }],
  ['vllm-synthid-stream', { key: '0xfedcba9876543210', algorithm: 'synthid_text', context_width: 2 }],
  ['vllm-sbw', { key: '8740074118926910260', algorithm: 'sbw', context_width: 5 }],
  ['vllm-sbw', { key: '8740074118926910260', algorithm: 'sbw', sbw_scheme: 'lefthash', context_width: 3 }],
];

// More than a batch of 2,048, no multiple of four, ids of all sizes and vLLM's padding.
const SEQUENCE = Uint32Array.from({ length: 2_345 }, (_, i) =>
  i % 97 === 0 ? 0xffffffff : Math.imul(i, 0x9e3779b1) >>> (i % 30),
);

async function everything(): Promise<number[]> {
  vi.resetModules();
  const { profileNamed } = await import('@countermark/watermark/interop');
  const results: number[] = [];
  for (const [name, config] of CONFIGS) {
    const profile = profileNamed(name);
    if (profile.kind !== 'tuples') throw new Error('these are marks of tuples');
    const mark: ForeignMark = profile.open(profile.config.parse(config), 2 ** 31);
    const width = mark.source.contextWidth;
    const headers = new Uint32Array(4 * (SEQUENCE.length - width));
    mark.source.sequenceHeaders(SEQUENCE, headers);
    const positions = Array.from({ length: SEQUENCE.length - width }, (_, i) => width + i);
    const words = wordsAt(mark, SEQUENCE, positions);
    const candidates = new Uint32Array(SEQUENCE.length);
    mark.source.candidateWords(SEQUENCE.subarray(5, 5 + width), SEQUENCE, 0, candidates);
    // The word of a token in a context does not depend on how it is asked for.
    expect(candidates[5 + width]).toBe(words[5]);
    results.push(...headers, ...words, ...candidates);
    mark.source.close();
  }
  return results;
}

// Hosts without SIMD say so when asked to validate the kernel; some hosts have no WebAssembly at all.
describe.each([
  ['no SIMD', { validate: () => false }],
  ['no WebAssembly', undefined],
])('a host with %s', (_, host) => {
  beforeEach(() => {
    vi.stubGlobal('WebAssembly', host);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it('draws the same words and salts as the kernel', async () => {
    const scalar = await everything();
    vi.unstubAllGlobals();
    expect(await everything()).toEqual(scalar);
  });
});

describe('a closed source', () => {
  it.each(CONFIGS)('of %s refuses every call', async (name, config) => {
    const { profileNamed } = await import('@countermark/watermark/interop');
    const profile = profileNamed(name);
    if (profile.kind !== 'tuples') throw new Error('these are marks of tuples');
    const { source } = profile.open(profile.config.parse(config), 2 ** 31);
    source.close();
    source.close();
    const context = new Uint32Array(source.contextWidth);
    const out = new Uint32Array(4);
    const closed = '"source" expected an open source, got a closed one';
    expect(() => source.contextHeader(context, out)).toThrow(closed);
    expect(() => source.candidateWords(context, context, 0, context.slice())).toThrow(closed);
    expect(() => source.sequenceHeaders(context, new Uint32Array(0))).toThrow(closed);
    expect(() => source.sequenceWords(context, out, new Uint8Array(4), out)).toThrow(closed);
  });
});

describe('a source', () => {
  it('names the argument that is wrong', async () => {
    const { profileNamed } = await import('@countermark/watermark/interop');
    const profile = profileNamed('vllm-gumbel');
    if (profile.kind !== 'tuples') throw new Error('this is a mark of tuples');
    const { source } = profile.open(profile.config.parse({ key: 1 }), 100);
    const ids = new Uint32Array(6);
    const one = new Uint32Array(1);
    expect(() => source.sequenceHeaders(ids, new Uint32Array(7))).toThrow('"out" expected length 8, got 7');
    expect(() => source.sequenceWords(ids, Uint32Array.of(3), new Uint8Array(1), one)).toThrow(
      '"positions[0]" expected an integer from 4 to 5, got 3',
    );
    expect(() => source.sequenceWords(ids, Uint32Array.of(4), Uint8Array.of(1), one)).toThrow('"symbols[0]"');
    expect(() => source.candidateWords(one, one, 0, one)).toThrow('"context" expected length 4, got 1');
    expect(() => source.candidateWords(ids.subarray(2), one, 1, one)).toThrow('"symbol"');
  });
});
