import type { Database, Queryable } from '../database/database.ts';
import { SealError } from '../secrets/seal.ts';
import { AccountVault } from './account-vault.ts';

/** How many accounts there are. */
export interface AccountCounts {
  /** Now. */
  readonly registered: number;
  /** Ever, removed ones included: what p-values are corrected for. */
  readonly issued: number;
  /** How often some were removed. */
  readonly removals: number;
}

/** An account that is registered. */
export interface Account {
  /** Its place among all that were ever issued, from 1. */
  readonly number: number;
  /** Its id in UTF-8. */
  readonly id: Uint8Array;
  readonly created: Date;
}

/** Ids of one transaction: the embedded database, which runs on the event loop, takes some 10 ms for so many, and at times twice that. */
const BATCH = 200;

/** The accounts of a database. Ids are sealed there, and a removed one leaves nothing but that it was counted. */
export class AccountStore {
  readonly #database: Database;
  readonly #sealingKey: Uint8Array;
  #vault: AccountVault | undefined;

  /** @param sealingKey what the accounts' own key is sealed under, `[32]`. */
  constructor(database: Database, sealingKey: Uint8Array) {
    this.#database = database;
    this.#sealingKey = sealingKey;
  }

  /** Counts accounts. */
  counts(): Promise<AccountCounts> {
    return countsOf(this.#database);
  }

  /**
   * Registers accounts, in batches: where one fails, those before stay. Ids that are there already stay as they are.
   *
   * @param ids checked ones, different or not.
   * @returns how many are new.
   */
  async add(ids: readonly string[]): Promise<number> {
    let added = 0;
    for (const batch of batches(ids)) added += await this.#addBatch(batch);
    return added;
  }

  /**
   * Removes accounts, in batches. They stay counted as issued.
   *
   * @returns how many were there.
   */
  async remove(ids: readonly string[]): Promise<number> {
    let removed = 0;
    for (const batch of batches(ids)) removed += await this.#removeBatch(batch);
    return removed;
  }

  /**
   * Lists accounts in the order in which they were registered.
   *
   * @param after number of the account before the first.
   * @throws {SealError} if one does not open.
   */
  async list(after: number, limit: number): Promise<Account[]> {
    const rows = await this.#database.query<{ number: number; sealed: Uint8Array; created: Date }>(
      'select number::float8 as number, sealed, created from countermark.accounts where number > $1::text::bigint order by countermark.accounts.number limit $2',
      [String(after), limit],
    );
    if (rows.length === 0) return [];
    const vault = await this.#open();
    if (vault === undefined)
      throw new SealError('accounts are there, and the key that they are sealed under is not');
    return rows.map(({ number, sealed, created }) => ({ number, id: vault.unseal(number, sealed), created }));
  }

  #addBatch(ids: readonly string[]): Promise<number> {
    return this.#database.transaction(async (tx) => {
      // Numbers are given in the order in which transactions end: nobody reads past one that comes later.
      const [held] = await tx.query<{ issued: number; sealedKey: Uint8Array | null }>(
        'select issued::float8 as issued, sealed_key as "sealedKey" from countermark.account_counts for update',
      );
      const vault = await this.#openOrMake(tx, held?.sealedKey ?? undefined);
      const byTag = new Map(ids.map((id) => [vault.tagOf(id), id]));
      for (const tag of await knownTags(tx, [...byTag.keys()])) byTag.delete(tag);
      if (byTag.size === 0) return 0;
      const issued = held?.issued ?? 0;
      const rows = Array.from(byTag, ([tag, id], i) => {
        const number = issued + 1 + i;
        return { number: String(number), tag, sealed: Buffer.from(vault.seal(number, id)).toString('hex') };
      });
      await tx.query(
        `insert into countermark.accounts (number, tag, sealed)
         select number::bigint, decode(tag, 'hex'), decode(sealed, 'hex')
         from unnest($1::text[], $2::text[], $3::text[]) as given (number, tag, sealed)`,
        [rows.map(({ number }) => number), rows.map(({ tag }) => tag), rows.map(({ sealed }) => sealed)],
      );
      await tx.query(
        'update countermark.account_counts set issued = issued + $1::int, registered = registered + $1::int',
        [rows.length],
      );
      return rows.length;
    });
  }

  async #removeBatch(ids: readonly string[]): Promise<number> {
    const vault = await this.#open();
    if (vault === undefined) return 0;
    const tags = ids.map((id) => vault.tagOf(id));
    return this.#database.transaction(async (tx) => {
      await tx.query('select 1 from countermark.account_counts for update');
      const removed = await tx.query(
        `delete from countermark.accounts
         where tag in (select decode(tag, 'hex') from unnest($1::text[]) as given (tag)) returning 1 as there`,
        [tags],
      );
      if (removed.length > 0) {
        await tx.query(
          'update countermark.account_counts set registered = registered - $1::int, removals = removals + 1',
          [removed.length],
        );
      }
      return removed.length;
    });
  }

  // The key that another process has made meanwhile is the one that is kept.
  async #openOrMake(tx: Queryable, sealedKey: Uint8Array | undefined): Promise<AccountVault> {
    if (sealedKey !== undefined) return this.#hold(AccountVault.open(this.#sealingKey, sealedKey));
    const made = AccountVault.create(this.#sealingKey);
    await tx.query(`update countermark.account_counts set sealed_key = decode($1, 'hex')`, [
      Buffer.from(made.sealedKey).toString('hex'),
    ]);
    return made.vault;
  }

  async #open(): Promise<AccountVault | undefined> {
    if (this.#vault !== undefined) return this.#vault;
    const [row] = await this.#database.query<{ sealedKey: Uint8Array | null }>(
      'select sealed_key as "sealedKey" from countermark.account_counts',
    );
    const sealedKey = row?.sealedKey ?? undefined;
    return sealedKey === undefined ? undefined : this.#hold(AccountVault.open(this.#sealingKey, sealedKey));
  }

  #hold(vault: AccountVault): AccountVault {
    this.#vault ??= vault;
    return this.#vault;
  }
}

async function countsOf(database: Queryable): Promise<AccountCounts> {
  const [row] = await database.query<AccountCounts>(
    'select registered::float8 as registered, issued::float8 as issued, removals::float8 as removals from countermark.account_counts',
  );
  return row ?? { registered: 0, issued: 0, removals: 0 };
}

async function knownTags(tx: Queryable, tags: readonly string[]): Promise<readonly string[]> {
  const rows = await tx.query<{ tag: string }>(
    `select encode(tag, 'hex') as tag from countermark.accounts
     where tag in (select decode(tag, 'hex') from unnest($1::text[]) as given (tag))`,
    [tags],
  );
  return rows.map(({ tag }) => tag);
}

function* batches(ids: readonly string[]): Generator<readonly string[], void, void> {
  for (let start = 0; start < ids.length; start += BATCH) yield ids.slice(start, start + BATCH);
}
