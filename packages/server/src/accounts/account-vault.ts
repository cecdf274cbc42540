/** How account ids are kept: sealed, beside a tag that tells whether one is there. */
import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { seal, unseal } from '../secrets/seal.ts';

/** What the key that seals the vault's own is derived from the master key for. */
export const ACCOUNTS_PURPOSE = 'accounts';

const KEY_BYTES = 32;
// Of HMAC-SHA-256: two of 2^40 ids share 128 bits with a probability of 2^-49.
const TAG_BYTES = 16;

/** Seals account ids under a key of their own, which is itself sealed: a new master key seals that one anew, and nothing else. */
export class AccountVault {
  readonly #tagKey: Uint8Array;
  readonly #sealKey: Uint8Array;

  private constructor(key: Uint8Array) {
    const derive = (purpose: string): Uint8Array =>
      new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), `countermark account ${purpose}`, KEY_BYTES));
    this.#tagKey = derive('tags');
    this.#sealKey = derive('ids');
    key.fill(0);
  }

  /**
   * Makes a vault.
   *
   * @param sealingKey what the vault's key is sealed under, `[32]`.
   * @returns the vault, and its key as it is kept.
   */
  static create(sealingKey: Uint8Array): { readonly vault: AccountVault; readonly sealedKey: Uint8Array } {
    const key = randomBytes(KEY_BYTES);
    const sealedKey = seal(sealingKey, 'accounts', key);
    return { vault: new AccountVault(key), sealedKey };
  }

  /**
   * Opens a vault.
   *
   * @throws {SealError} if it was sealed under another key.
   */
  static open(sealingKey: Uint8Array, sealedKey: Uint8Array): AccountVault {
    return new AccountVault(unseal(sealingKey, 'accounts', sealedKey));
  }

  /**
   * Seals a vault's key anew.
   *
   * @throws {SealError} if it was sealed under another key than `old`.
   */
  static reseal(old: Uint8Array, next: Uint8Array, sealedKey: Uint8Array): Uint8Array {
    const key = unseal(old, 'accounts', sealedKey);
    const again = seal(next, 'accounts', key);
    key.fill(0);
    return again;
  }

  /** Returns what tells an id from others, 32 hex digits. */
  tagOf(id: string): string {
    return createHmac('sha256', this.#tagKey).update(id, 'utf8').digest().toString('hex', 0, TAG_BYTES);
  }

  /** Seals an id, bound to its number. */
  seal(number: number, id: string): Uint8Array {
    return seal(this.#sealKey, String(number), Buffer.from(id, 'utf8'));
  }

  /**
   * Opens a sealed id: its bytes of UTF-8.
   *
   * @throws {SealError} if it is another number's, or damaged.
   */
  unseal(number: number, sealed: Uint8Array): Uint8Array {
    return unseal(this.#sealKey, String(number), sealed);
  }
}
