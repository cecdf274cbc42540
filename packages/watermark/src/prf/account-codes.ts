/**
 * Account codes by block: for whoever needs a few positions of the codes of very many accounts.
 *
 * Source: docs/spec.md section 4; O'Connor et al., "BLAKE3", 2020, sections 2.1 and 2.6. An id of up to 256 bytes is one
 * chunk of at most four blocks. All but the last are compressed to a chaining value; any block of the code is then one
 * compression of the last one, with the block's number as counter.
 */
import { checkAccountId } from './blake3.ts';
import { checkBytes, checkInteger, checkWords } from './check.ts';
import { compress } from './compress.ts';
import { type Kernel, sharedKernel } from './kernel.ts';

/** Symbols in one block of a code, four bits each. */
export const CODE_BLOCK_SYMBOLS = 128;

const KEY_BYTES = 32;
const KEY_WORDS = 8;
const BLOCK_BYTES = 64;
const BLOCK_WORDS = 16;
const MAX_ID_BYTES = 256;
// 2^23 blocks hold 2^30 symbols, more than any code has.
const MAX_BLOCK = 2 ** 23 - 1;

const CHUNK_START = 1;
const CHUNK_END = 2;
const ROOT = 8;
const KEYED_HASH = 16;

/** Reads blocks of account codes; holds the account key until it is closed. */
export interface AccountCodes {
  /**
   * Computes some blocks of an account's code.
   *
   * @param accountId 1 to 256 bytes of UTF-8, as text or as these bytes, which are taken as they are.
   * @param blocks    Uint32Array `[m]`, which blocks: symbol j is in block ⌊j / 128⌋.
   * @param out       Uint32Array `[m * 16]`, row-major. Symbol j is bits 4 (j mod 8) … 4 (j mod 8) + 3 of word
   *   ⌊(j mod 128) / 8⌋ of its block. Overwritten.
   * @throws {TypeError | RangeError} if an argument has another type, length or range, or the source is closed.
   */
  read(accountId: string | Uint8Array, blocks: Uint32Array, out: Uint32Array): void;
  /** Overwrites its copies of the key; any later call throws a TypeError. Closing twice is allowed. */
  close(): void;
}

/** How {@link createAccountCodes} computes. */
export interface AccountCodesOptions {
  /** `auto`, the default, takes WebAssembly SIMD where the host has it and plain TypeScript elsewhere. */
  readonly engine?: 'auto' | 'scalar';
}

/**
 * Creates a source of account codes, the same symbols as {@link accountCode} gives.
 *
 * @param accountKey Uint8Array `[32]`, the account key k'. Copied; wiping the original is the caller's part.
 * @param options    which engine.
 * @throws {TypeError | RangeError} if an argument has another type, length or range.
 */
export function createAccountCodes(accountKey: Uint8Array, options: AccountCodesOptions = {}): AccountCodes {
  checkBytes('accountKey', accountKey, KEY_BYTES);
  const { engine = 'auto' } = options;
  if (engine !== 'auto' && engine !== 'scalar') {
    throw new RangeError(`"engine" expected auto or scalar, got ${String(engine)}`);
  }
  const kernel = engine === 'scalar' ? undefined : sharedKernel();
  const key = wordsOf(accountKey);
  const chain = new Uint32Array(KEY_WORDS);
  const message = new Uint32Array(BLOCK_WORDS);
  const block = new Uint32Array(BLOCK_WORDS);
  const id = new Uint8Array(MAX_ID_BYTES);
  const encoder = new TextEncoder();
  let closed = false;

  /** Writes the id's bytes to `id`; returns how many. */
  function encode(accountId: string | Uint8Array): number {
    if (accountId instanceof Uint8Array) {
      if (accountId.length < 1 || accountId.length > MAX_ID_BYTES) {
        throw new RangeError(`"accountId" expected 1 to 256 bytes, got ${accountId.length} bytes`);
      }
      id.set(accountId);
      return accountId.length;
    }
    if (typeof accountId === 'string' && accountId.length > 0 && accountId.length <= MAX_ID_BYTES) {
      let at = 0;
      for (; at < accountId.length; at++) {
        const unit = accountId.charCodeAt(at);
        if (unit > 127) break;
        id[at] = unit;
      }
      if (at === accountId.length) return at;
    }
    checkAccountId(accountId);
    return encoder.encodeInto(accountId, id).written;
  }

  function setMessage(from: number, length: number): void {
    message.fill(0);
    for (let i = 0; i < length; i++) message[i >> 2]! |= id[from + i]! << (8 * (i & 3));
  }

  return {
    read(accountId, blocks, out) {
      if (closed) throw new TypeError('"accountCodes" expected an open source, got a closed one');
      checkWords('blocks', blocks);
      checkWords('out', out, BLOCK_WORDS * blocks.length);
      for (let i = 0; i < blocks.length; i++) {
        if (blocks[i]! > MAX_BLOCK) checkInteger(`blocks[${i}]`, blocks[i]!, 0, MAX_BLOCK);
      }
      const length = encode(accountId);
      chain.set(key);
      let flags = CHUNK_START | KEYED_HASH;
      let from = 0;
      for (; length - from > BLOCK_BYTES; from += BLOCK_BYTES) {
        setMessage(from, BLOCK_BYTES);
        compress(chain, message, 0, 0, BLOCK_BYTES, flags, block);
        for (let i = 0; i < KEY_WORDS; i++) chain[i] = block[i]!;
        flags = KEYED_HASH;
      }
      setMessage(from, length - from);
      flags |= CHUNK_END | ROOT;
      if (kernel !== undefined) expand(kernel, chain, message, length - from, flags, blocks, out);
      else {
        for (let i = 0; i < blocks.length; i++) {
          compress(chain, message, blocks[i]!, 0, length - from, flags, block);
          out.set(block, BLOCK_WORDS * i);
        }
      }
    },

    close() {
      closed = true;
      for (const words of [key, chain, message, block]) words.fill(0);
      id.fill(0);
      if (kernel === undefined) return;
      kernel.owner = undefined;
      kernel.keyed.fill(0);
      kernel.inputsAndOutputs.fill(0);
    },
  };
}

/** The same by WebAssembly SIMD, eight blocks at a time. */
function expand(
  kernel: Kernel,
  chain: Uint32Array,
  message: Uint32Array,
  length: number,
  flags: number,
  blocks: Uint32Array,
  out: Uint32Array,
): void {
  const { exports, batch, keyWords, tokens, items, out: results } = kernel;
  // What another source prepared is overwritten.
  kernel.owner = undefined;
  for (let i = 0; i < KEY_WORDS; i++) keyWords[i] = chain[i]!;
  for (let i = 0; i < BLOCK_WORDS; i++) tokens[i] = message[i]!;
  for (let start = 0; start < blocks.length; start += batch) {
    const count = Math.min(batch, blocks.length - start);
    for (let i = 0; i < count; i++) items[i] = blocks[start + i]!;
    exports.expand(count, length, flags);
    out.set(results.subarray(0, BLOCK_WORDS * count), BLOCK_WORDS * start);
  }
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true));
}
