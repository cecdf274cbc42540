/**
 * vLLM's keyed words: Philox over the context, then over the token.
 *
 * Source: vllm-project/vllm, vllm/v1/watermarking/prfs/philox.py, `philox4x32-10-v1`.
 */

import type { MarkSource } from '../profile.ts';
import { createPairSource } from './pair-source.ts';
import { philoxEngine, wipePhilox } from './shared.ts';

/** What {@link createPhiloxSource} draws. */
interface PhiloxOptions {
  /** 64-bit key. */
  readonly key: bigint;
  /** Token ids in a context, 1…64. */
  readonly contextWidth: number;
  /** Which of the key's streams, 64 bits: different ones give independent words. */
  readonly stream?: bigint;
  /** Bits of a word that are handed out; the others are 0. */
  readonly mask?: number;
}

/**
 * Creates the source.
 *
 * A word is one draw for each state of 128 bits that the context leaves, and for each token. The salt is the first half of that state:
 * two contexts share it once in 2^64 pairs.
 */
export function createPhiloxSource({ key, contextWidth, stream = 0n, mask = -1 }: PhiloxOptions): MarkSource {
  const engine = philoxEngine();
  const { batch, states, words } = engine;
  let key0 = lowWord(key);
  let key1 = highWord(key);
  const stream0 = lowWord(stream);
  const stream1 = highWord(stream);

  return createPairSource(contextWidth, {
    buffers: engine,

    salts(count, out, at) {
      engine.chainContexts(count, contextWidth, key0, key1);
      for (let pair = 0; pair < count; pair++, at += 4) {
        out[at] = 0;
        out[at + 1] = 0;
        out[at + 2] = states[pair] ?? 0;
        out[at + 3] = states[batch + pair] ?? 0;
      }
    },

    contextSalt(out) {
      this.salts(1, out, 0);
    },

    words(count, out, at, shared) {
      engine.chainContexts(shared ? 1 : count, contextWidth, key0, key1);
      // The halves of the stream change places: so it is on the other side.
      engine.drawWords(count, key0 ^ stream1, key1 ^ stream0, shared);
      for (let i = 0; i < count; i++) out[at + i] = (words[i] ?? 0) & mask;
    },

    wipe() {
      key0 = 0;
      key1 = 0;
      wipePhilox(engine);
    },
  });
}

/** Returns the lower 32 bits. */
export function lowWord(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}

/** Returns the upper 32 bits of 64. */
export function highWord(value: bigint): number {
  return Number(BigInt.asUintN(32, value >> 32n));
}
