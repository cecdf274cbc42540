/** Lists of account ids: of a few as strings, of a million as bytes that threads share. */
import { utf8ToBytes } from '@noble/hashes/utils.js';

/** Ids of accounts, `[accounts]`: different ones, each 1 to 256 bytes of UTF-8. */
export type AccountIds = readonly string[] | PackedAccounts;

/** Account ids one after another in one array of bytes, which may lie in memory that threads share: 1 million of 36 bytes take 40 MB. */
export class PackedAccounts {
  /** Number of ids. */
  readonly length: number;
  readonly #bytes: Uint8Array;
  readonly #ends: Uint32Array;

  /**
   * Wraps what {@link packAccounts} or somebody else packed. Not copied.
   *
   * @param bytes Uint8Array, the ids in UTF-8.
   * @param ends  Uint32Array `[accounts]`, where each ends in `bytes`, ascending.
   * @throws {RangeError} if an end lies before the one before it, or beyond the bytes.
   */
  constructor(bytes: Uint8Array, ends: Uint32Array) {
    let before = 0;
    for (const end of ends) {
      if (end <= before || end > bytes.length) {
        throw new RangeError(`"ends" expected ascending ends within ${bytes.length} bytes, got ${end}`);
      }
      before = end;
    }
    this.length = ends.length;
    this.#bytes = bytes;
    this.#ends = ends;
  }

  /** Returns the bytes of an id, which are not a copy. */
  bytesAt(index: number): Uint8Array {
    return this.#bytes.subarray(index === 0 ? 0 : this.#ends[index - 1], this.#ends[index]);
  }

  /** Returns an id. */
  at(index: number): string {
    // A copy, since not every decoder reads memory that threads share; and an id may begin with U+FEFF.
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(this.bytesAt(index)));
  }
}

/** Packs ids. */
export function packAccounts(ids: readonly string[]): PackedAccounts {
  const encoded = ids.map((id) => utf8ToBytes(id));
  const bytes = new Uint8Array(encoded.reduce((sum, { length }) => sum + length, 0));
  const ends = new Uint32Array(ids.length);
  let at = 0;
  for (const [i, id] of encoded.entries()) {
    bytes.set(id, at);
    at += id.length;
    ends[i] = at;
  }
  return new PackedAccounts(bytes, ends);
}

/** Returns an id of a list as text. */
export function accountAt(accounts: AccountIds, index: number): string {
  return accounts.at(index) ?? '';
}

/** Returns an id of a list in the form in which it is there: bytes where it is packed. */
export function accountKeyAt(accounts: AccountIds, index: number): string | Uint8Array {
  return accounts instanceof PackedAccounts ? accounts.bytesAt(index) : (accounts[index] ?? '');
}
