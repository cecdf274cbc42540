/**
 * Words of (context, token) in batches: the seam between the keyed function and everything that uses it.
 *
 * Source: docs/spec.md section 3. Every engine gives the same words as the reference in blake3.ts.
 */
import { WatermarkError } from '../errors.ts';
import { checkBytes, checkContextWidth, checkInteger, checkWords } from './check.ts';
import { createScalarEngine } from './scalar-engine.ts';
import { createSimdEngine } from './simd-engine.ts';

/** Words in the header that a {@link WordSource} reports: slot, code position, salt low, salt high. */
export const HEADER_WORDS = 4;
/** Words of one token in one context: one for each symbol. */
export const SYMBOLS = 16;

/**
 * Pseudo-random words of contexts and tokens under one key.
 *
 * A context is the h = `contextWidth` token ids before a position; positions with fewer have none. Token
 * ids are any 32-bit values. Inputs are not retained; `out` is overwritten and must share no memory with them.
 */
export interface WordSource {
  /** Token ids in a context, 1…15. */
  readonly contextWidth: number;

  /**
   * Computes the header of each full context of a sequence: those before positions h, h + 1, …, n.
   *
   * The last one is the context of the token that follows the sequence. A caller that does not need it
   * passes an `out` that is one row shorter.
   *
   * @param tokenIds Uint32Array `[n]`, in order.
   * @param out      Uint32Array `[(n − h + 1) * 4]` or `[(n − h) * 4]`, row-major; row i belongs to position
   *   h + i and holds slot word, code position word, salt low, salt high. Empty if n < h.
   * @throws {TypeError | RangeError} if an argument has another type or length.
   */
  sequenceHeaders(tokenIds: Uint32Array, out: Uint32Array): void;

  /**
   * Computes one word of the token at each listed position, in the context before it.
   *
   * Any order and repeats are allowed; ascending positions are fastest.
   *
   * @param tokenIds  Uint32Array `[n]`, the sequence.
   * @param positions Uint32Array `[m]`, each in h…n − 1.
   * @param symbols   Uint8Array `[m]`, which word of each position, each in 0…15.
   * @param out       Uint32Array `[m]`.
   * @throws {TypeError | RangeError} if an argument has another type, length or range.
   */
  sequenceWords(tokenIds: Uint32Array, positions: Uint32Array, symbols: Uint8Array, out: Uint32Array): void;

  /**
   * Computes all sixteen words of the token at each listed position.
   *
   * @param tokenIds  Uint32Array `[n]`, the sequence.
   * @param positions Uint32Array `[m]`, each in h…n − 1.
   * @param out       Uint32Array `[m * 16]`, row-major by position.
   * @throws {TypeError | RangeError} if an argument has another type, length or range.
   */
  sequenceSymbols(tokenIds: Uint32Array, positions: Uint32Array, out: Uint32Array): void;

  /**
   * Computes one word of each of m unrelated (context, token) pairs.
   *
   * @param contexts Uint32Array `[m * h]`, row-major by pair.
   * @param tokenIds Uint32Array `[m]`.
   * @param symbol   which word, 0…15.
   * @param out      Uint32Array `[m]`.
   * @throws {TypeError | RangeError} if an argument has another type, length or range.
   */
  pairWords(contexts: Uint32Array, tokenIds: Uint32Array, symbol: number, out: Uint32Array): void;

  /**
   * Computes the header of one context.
   *
   * @param context Uint32Array `[h]`.
   * @param out     Uint32Array `[4]`: slot word, code position word, salt low, salt high.
   * @throws {TypeError | RangeError} if an argument has another type or length.
   */
  contextHeader(context: Uint32Array, out: Uint32Array): void;

  /**
   * Computes one word of each candidate in one context.
   *
   * @param context    Uint32Array `[h]`.
   * @param candidates Uint32Array `[m]`, token ids.
   * @param symbol     which word, 0…15.
   * @param out        Uint32Array `[m]`.
   * @throws {TypeError | RangeError} if an argument has another type, length or range.
   */
  candidateWords(context: Uint32Array, candidates: Uint32Array, symbol: number, out: Uint32Array): void;
}

/** A {@link WordSource} that holds a key until it is closed. */
export interface KeyedWordSource extends WordSource {
  /** How the words are computed; all ways give the same words. */
  readonly engine: 'simd' | 'scalar';
  /** Overwrites the source's copies of the key; any later call throws a TypeError. Closing twice is allowed. */
  close(): void;
}

/** How {@link createWordSource} computes. */
export interface WordSourceOptions {
  /** `auto`, the default, takes WebAssembly SIMD where the host has it and plain TypeScript elsewhere. */
  readonly engine?: 'auto' | 'simd' | 'scalar';
}

/**
 * Creates the native word source: BLAKE3 keyed by the scheme key.
 *
 * @param key          Uint8Array `[32]`, the scheme key k. Copied; wiping the original is the caller's part.
 * @param contextWidth token ids in a context h, 1…15.
 * @param options      which engine.
 * @throws {TypeError | RangeError} if an argument has another type, length or range.
 * @throws {WatermarkError} `engine-unavailable` if `simd` is asked for and the host has no WebAssembly SIMD.
 */
export function createWordSource(
  key: Uint8Array,
  contextWidth: number,
  options: WordSourceOptions = {},
): KeyedWordSource {
  checkBytes('key', key, 32);
  checkContextWidth('contextWidth', contextWidth);
  const { engine: wanted = 'auto' } = options;
  if (wanted !== 'auto' && wanted !== 'simd' && wanted !== 'scalar') {
    throw new RangeError(`"engine" expected auto, simd or scalar, got ${String(wanted)}`);
  }
  const simd = wanted === 'scalar' ? undefined : createSimdEngine(key, contextWidth);
  if (wanted === 'simd' && simd === undefined) {
    throw new WatermarkError('engine-unavailable', 'this host has no WebAssembly with SIMD');
  }
  const engine = simd ?? createScalarEngine(key, contextWidth);
  let closed = false;

  function checkOpen(): void {
    if (closed) throw new TypeError('"wordSource" expected an open source, got a closed one');
  }

  function checkPositions(tokenIds: Uint32Array, positions: Uint32Array): void {
    checkWords('tokenIds', tokenIds);
    checkWords('positions', positions);
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i]!;
      if (position < contextWidth || position >= tokenIds.length) {
        checkInteger(`positions[${i}]`, position, contextWidth, tokenIds.length - 1);
      }
    }
  }

  return {
    contextWidth,
    engine: simd === undefined ? 'scalar' : 'simd',

    sequenceHeaders(tokenIds, out) {
      checkOpen();
      checkWords('tokenIds', tokenIds);
      checkWords('out', out);
      const contexts = Math.max(tokenIds.length - contextWidth + 1, 0);
      if (out.length !== HEADER_WORDS * contexts && out.length !== HEADER_WORDS * (contexts - 1)) {
        const lengths =
          contexts === 0 ? '0' : `${HEADER_WORDS * (contexts - 1)} or ${HEADER_WORDS * contexts}`;
        throw new RangeError(`"out" expected length ${lengths}, got ${out.length}`);
      }
      engine.headers(tokenIds, out);
    },

    sequenceWords(tokenIds, positions, symbols, out) {
      checkOpen();
      checkPositions(tokenIds, positions);
      checkBytes('symbols', symbols, positions.length);
      for (let i = 0; i < symbols.length; i++) {
        if (symbols[i]! >= SYMBOLS) checkInteger(`symbols[${i}]`, symbols[i]!, 0, SYMBOLS - 1);
      }
      checkWords('out', out, positions.length);
      engine.words(tokenIds, positions, symbols, out);
    },

    sequenceSymbols(tokenIds, positions, out) {
      checkOpen();
      checkPositions(tokenIds, positions);
      checkWords('out', out, SYMBOLS * positions.length);
      engine.symbols(tokenIds, positions, out);
    },

    pairWords(contexts, tokenIds, symbol, out) {
      checkOpen();
      checkWords('tokenIds', tokenIds);
      checkWords('contexts', contexts, contextWidth * tokenIds.length);
      checkInteger('symbol', symbol, 0, SYMBOLS - 1);
      checkWords('out', out, tokenIds.length);
      engine.pairs(contexts, tokenIds, symbol, out);
    },

    contextHeader(context, out) {
      checkOpen();
      checkWords('context', context, contextWidth);
      checkWords('out', out, HEADER_WORDS);
      engine.headers(context, out);
    },

    candidateWords(context, candidates, symbol, out) {
      checkOpen();
      checkWords('context', context, contextWidth);
      checkWords('candidates', candidates);
      checkInteger('symbol', symbol, 0, SYMBOLS - 1);
      checkWords('out', out, candidates.length);
      engine.candidates(context, candidates, symbol, out);
    },

    close() {
      closed = true;
      engine.wipe();
    },
  };
}
