import { parseParams, WatermarkKey } from '@countermark/watermark';
import type { Database } from '../database/database.ts';
import { proofOf } from '../secrets/master-key.ts';
import { SealError, unseal } from '../secrets/seal.ts';
import { isSame, rotatedKey } from './check-master-key.ts';

interface Row {
  readonly keyId: string;
  readonly params: unknown;
  readonly sealed: Uint8Array;
  /** Of the master key that the database's secrets are sealed under now. */
  readonly proof: Uint8Array;
}

interface Asked {
  readonly keyId: string;
  readonly resolve: (key: WatermarkKey | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

// Keys of one query: unsealing so many takes the event loop a few milliseconds.
const MOST_AT_ONCE = 64;

/** Opens keys with their secrets, many that are asked for together by few queries. */
export class KeyOpener {
  readonly #database: Database;
  readonly #masterKey: Uint8Array;
  #asked: Asked[] = [];
  #isOpening = false;

  constructor(database: Database, masterKey: Uint8Array) {
    this.#database = database;
    this.#masterKey = masterKey;
  }

  /**
   * Opens a key; undefined if there is no such key.
   *
   * @throws {SealError} if it was sealed under another master key.
   * @throws {MasterKeyError} if all keys were since, by a rotation.
   */
  open(keyId: string): Promise<WatermarkKey | undefined> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ keyId, resolve, reject });
      if (!this.#isOpening) void this.#openAsked();
    });
  }

  async #openAsked(): Promise<void> {
    this.#isOpening = true;
    // All that is asked for in this turn goes together.
    await Promise.resolve();
    while (this.#asked.length > 0) await this.#openSome(this.#asked.splice(0, MOST_AT_ONCE));
    this.#isOpening = false;
  }

  async #openSome(asked: readonly Asked[]): Promise<void> {
    try {
      const rows = await this.#database.query<Row>(
        `select key_id as "keyId", params, sealed, (select proof from countermark.master_key) as proof
         from countermark.watermark_keys where key_id = any($1)`,
        [asked.map(({ keyId }) => keyId)],
      );
      const byId = new Map(rows.map((row) => [row.keyId, row]));
      for (const { keyId, resolve, reject } of asked) {
        const row = byId.get(keyId);
        try {
          resolve(row === undefined ? undefined : this.#unseal(row));
        } catch (error) {
          reject(error);
        }
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }

  #unseal({ keyId, params, sealed, proof }: Row): WatermarkKey {
    const secret = this.#openSecret(keyId, sealed, proof);
    const key = new WatermarkKey(parseParams(params), secret);
    secret.fill(0);
    // The name was authenticated; that it is the name of just this secret and parameters, the key itself tells.
    if (key.keyId !== keyId) throw new Error(`key ${keyId}: its parameters were changed`);
    return key;
  }

  #openSecret(keyId: string, sealed: Uint8Array, proof: Uint8Array): Uint8Array {
    try {
      return unseal(this.#masterKey, keyId, sealed);
    } catch (error) {
      if (error instanceof SealError && !isSame(proof, proofOf(this.#masterKey))) throw rotatedKey();
      throw error;
    }
  }
}
