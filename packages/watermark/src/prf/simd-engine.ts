import { sharedKernel } from './kernel.ts';
import type { WordEngine } from './word-engine.ts';

const HEADER_WORDS = 4;
const BLOCK_WORDS = 16;
const TOKEN_BYTES = 4;

// Up to here copying one number after another is quicker than a view for a bulk copy, and leaves no garbage.
const FEW_NUMBERS = 64;

/** Copies `count` numbers between two arrays. */
function copy<T extends Uint32Array | Uint8Array>(
  from: T,
  start: number,
  count: number,
  to: T,
  at: number,
): void {
  if (count > FEW_NUMBERS) to.set(from.subarray(start, start + count), at);
  else for (let i = 0; i < count; i++) to[at + i] = from[start + i]!;
}

/**
 * Computes words eight blocks at a time in WebAssembly SIMD, in one static memory of the process.
 *
 * @param key          Uint8Array `[32]`, copied.
 * @param contextWidth token ids in a context, 1…15.
 * @returns an engine, or `undefined` where the host has no WebAssembly with SIMD.
 */
export function createSimdEngine(key: Uint8Array, contextWidth: number): WordEngine | undefined {
  const memory = sharedKernel();
  if (memory === undefined) return undefined;
  const { exports, batch, headerBatch, window, tokensAt, tokens, items, out: results } = memory;
  const ownKey = Uint8Array.from(key);

  const load = (): void => {
    if (memory.owner === engine) return;
    memory.keyBytes.set(ownKey);
    exports.prepare(contextWidth);
    memory.owner = engine;
  };

  /**
   * Runs `step` over the positions in batches whose tokens fit into the window.
   *
   * `step` gets the batch and the address that position 0 of the sequence would have in memory.
   */
  function forEachBatch(
    tokenIds: Uint32Array,
    positions: Uint32Array,
    step: (start: number, count: number, origin: number) => void,
  ): void {
    const whole = tokenIds.length <= window;
    if (whole) copy(tokenIds, 0, tokenIds.length, tokens, 0);
    for (let start = 0; start < positions.length; ) {
      let end = Math.min(start + batch, positions.length);
      let first = 0;
      if (!whole) {
        let low = positions[start]!;
        let high = low;
        for (let i = start + 1; i < end; i++) {
          const newLow = Math.min(low, positions[i]!);
          const newHigh = Math.max(high, positions[i]!);
          if (newHigh - newLow + contextWidth >= window) {
            end = i;
            break;
          }
          low = newLow;
          high = newHigh;
        }
        first = low - contextWidth;
        copy(tokenIds, first, high + 1 - first, tokens, 0);
      }
      copy(positions, start, end - start, items, 0);
      step(start, end - start, tokensAt - TOKEN_BYTES * first);
      start = end;
    }
  }

  const engine: WordEngine = {
    headers(tokenIds, out) {
      load();
      const count = out.length / HEADER_WORDS;
      for (let start = 0; start < count; start += headerBatch) {
        const size = Math.min(headerBatch, count - start);
        copy(tokenIds, start, size + contextWidth - 1, tokens, 0);
        exports.headers(size);
        copy(results, 0, HEADER_WORDS * size, out, HEADER_WORDS * start);
      }
    },

    words(tokenIds, positions, symbols, out) {
      load();
      forEachBatch(tokenIds, positions, (start, count, origin) => {
        copy(symbols, start, count, memory.symbols, 0);
        exports.words(origin, count);
        copy(results, 0, count, out, start);
      });
    },

    symbols(tokenIds, positions, out) {
      load();
      forEachBatch(tokenIds, positions, (start, count, origin) => {
        exports.symbols(origin, count);
        copy(results, 0, BLOCK_WORDS * count, out, BLOCK_WORDS * start);
      });
    },

    pairs(contexts, tokenIds, symbol, out) {
      load();
      for (let start = 0; start < tokenIds.length; start += batch) {
        const end = Math.min(start + batch, tokenIds.length);
        copy(contexts, contextWidth * start, contextWidth * (end - start), tokens, 0);
        copy(tokenIds, start, end - start, items, 0);
        exports.pairs(end - start, symbol);
        copy(results, 0, end - start, out, start);
      }
    },

    candidates(context, candidates, symbol, out) {
      load();
      copy(context, 0, contextWidth, tokens, 0);
      for (let start = 0; start < candidates.length; start += batch) {
        const end = Math.min(start + batch, candidates.length);
        copy(candidates, start, end - start, items, 0);
        exports.candidates(end - start, symbol);
        copy(results, 0, end - start, out, start);
      }
    },

    wipe() {
      ownKey.fill(0);
      if (memory.owner !== engine) return;
      memory.keyed.fill(0);
      memory.inputsAndOutputs.fill(0);
      memory.owner = undefined;
    },
  };
  return engine;
}
