import { CONTEXT_FLAGS, compress } from './compress.ts';
import type { WordEngine } from './word-engine.ts';

const HEADER_WORDS = 4;
const BLOCK_WORDS = 16;

/**
 * Computes words one block after another, in plain TypeScript.
 *
 * @param key          Uint8Array `[32]`, copied.
 * @param contextWidth token ids in a context, 1…15.
 */
export function createScalarEngine(key: Uint8Array, contextWidth: number): WordEngine {
  const chain = new Uint32Array(8);
  const keyView = new DataView(key.buffer, key.byteOffset, key.byteLength);
  for (let i = 0; i < 8; i++) chain[i] = keyView.getUint32(4 * i, true);
  const message = new Uint32Array(BLOCK_WORDS);
  const block = new Uint32Array(BLOCK_WORDS);

  function setContext(tokenIds: Uint32Array, from: number): void {
    for (let i = 0; i < contextWidth; i++) message[i] = tokenIds[from + i]!;
  }

  // Block 1 + v: the sum carries into the high word of the counter when v is 2^32 - 1.
  function compressToken(tokenId: number): void {
    const low = (tokenId + 1) >>> 0;
    compress(chain, message, low, low === 0 ? 1 : 0, 4 * contextWidth, CONTEXT_FLAGS, block);
  }

  return {
    headers(tokenIds, out) {
      for (let i = 0; HEADER_WORDS * i < out.length; i++) {
        setContext(tokenIds, i);
        compress(chain, message, 0, 0, 4 * contextWidth, CONTEXT_FLAGS, block);
        for (let word = 0; word < HEADER_WORDS; word++) out[HEADER_WORDS * i + word] = block[word]!;
      }
    },

    words(tokenIds, positions, symbols, out) {
      for (let i = 0; i < positions.length; i++) {
        const position = positions[i]!;
        setContext(tokenIds, position - contextWidth);
        compressToken(tokenIds[position]!);
        out[i] = block[symbols[i]!]!;
      }
    },

    symbols(tokenIds, positions, out) {
      for (let i = 0; i < positions.length; i++) {
        const position = positions[i]!;
        setContext(tokenIds, position - contextWidth);
        compressToken(tokenIds[position]!);
        out.set(block, BLOCK_WORDS * i);
      }
    },

    pairs(contexts, tokenIds, symbol, out) {
      for (let i = 0; i < tokenIds.length; i++) {
        setContext(contexts, contextWidth * i);
        compressToken(tokenIds[i]!);
        out[i] = block[symbol]!;
      }
    },

    candidates(context, candidates, symbol, out) {
      setContext(context, 0);
      for (let i = 0; i < candidates.length; i++) {
        compressToken(candidates[i]!);
        out[i] = block[symbol]!;
      }
    },

    wipe() {
      chain.fill(0);
      message.fill(0);
      block.fill(0);
    },
  };
}
