/**
 * How the blocks of checked batches are computed; {@link createWordSource} checks and owns the lifetime.
 *
 * Shapes and meanings are those of `WordSource`; every length, position and symbol has been checked.
 */
export interface WordEngine {
  headers(tokenIds: Uint32Array, out: Uint32Array): void;
  words(tokenIds: Uint32Array, positions: Uint32Array, symbols: Uint8Array, out: Uint32Array): void;
  symbols(tokenIds: Uint32Array, positions: Uint32Array, out: Uint32Array): void;
  pairs(contexts: Uint32Array, tokenIds: Uint32Array, symbol: number, out: Uint32Array): void;
  candidates(context: Uint32Array, candidates: Uint32Array, symbol: number, out: Uint32Array): void;
  /** Overwrites every copy of the key that the engine holds. */
  wipe(): void;
}
