import type { Queryable } from '../database/database.ts';
import { deriveFrom, proofOf } from '../secrets/master-key.ts';
import { SealError, seal, unseal } from '../secrets/seal.ts';
import { rotatedKey } from './check-master-key.ts';

const PURPOSE = 'endpoint secrets';

/** How an endpoint is reached. Both members may hold a secret. */
export interface EndpointSecret {
  /** The whole address, with its query. */
  readonly address: string;
  readonly apiKey?: string | undefined;
}

/** Seals how the endpoints of audits are reached, each for its audit alone. */
export class EndpointSecrets {
  readonly #key: Uint8Array;
  readonly #proof: Uint8Array;

  constructor(masterKey: Uint8Array) {
    this.#key = deriveFrom(masterKey, PURPOSE);
    this.#proof = proofOf(masterKey);
  }

  /**
   * Seals a secret, within the transaction that keeps it.
   *
   * @throws {MasterKeyError} if another process has replaced the master key.
   */
  async seal(tx: Queryable, audit: string, secret: EndpointSecret): Promise<Uint8Array> {
    const [isCurrent] = await tx.query(
      'select single from countermark.master_key where proof = $1 for share',
      [this.#proof],
    );
    if (isCurrent === undefined) throw rotatedKey();
    return seal(this.#key, audit, Buffer.from(JSON.stringify(secret)));
  }

  /**
   * Opens what {@link seal} sealed.
   *
   * @throws {SealError} if it was sealed under another master key, or for another audit.
   */
  open(audit: string, sealed: Uint8Array): EndpointSecret {
    const bytes = unseal(this.#key, audit, sealed);
    const secret = JSON.parse(Buffer.from(bytes).toString()) as EndpointSecret;
    bytes.fill(0);
    return secret;
  }

  /** Overwrites the key. */
  close(): void {
    this.#key.fill(0);
  }
}

/** Seals all of a database's secrets of endpoints anew. One that does not open is left as it is: its audit will fail. */
export async function resealEndpointSecrets(tx: Queryable, old: Uint8Array, next: Uint8Array): Promise<void> {
  const [oldKey, nextKey] = [deriveFrom(old, PURPOSE), deriveFrom(next, PURPOSE)];
  const rows = await tx.query<{ id: string; sealed: Uint8Array }>(
    'select id, sealed from countermark.model_audits where sealed is not null order by id for update',
  );
  for (const { id, sealed } of rows) {
    try {
      const secret = unseal(oldKey, id, sealed);
      await tx.query('update countermark.model_audits set sealed = $2 where id = $1', [
        id,
        seal(nextKey, id, secret),
      ]);
      secret.fill(0);
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
    }
  }
  for (const key of [oldKey, nextKey]) key.fill(0);
}
