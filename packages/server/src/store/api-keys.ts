import { claimedId, createApiKey, hasHash } from '../access/api-key.ts';
import type { Caller, Scope } from '../access/scopes.ts';
import type { Queryable } from './database.ts';

/** What is known of an API key, never its token. */
export interface ApiKeyInfo {
  readonly id: string;
  readonly label: string;
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly created: Date;
  readonly revoked: Date | null;
}

/** For so long a key that was found is not looked up again: a revoked one is refused within this time. */
const FRESH_MS = 5000;
const MOST_KNOWN = 10_000;

interface Row extends ApiKeyInfo {
  readonly hash: Uint8Array;
}

/** The API keys of a database. */
export class ApiKeys {
  readonly #database: Queryable;
  readonly #now: () => number;
  readonly #known = new Map<string, { readonly row: Row; readonly until: number }>();

  /** @param now milliseconds of a clock that never goes back. */
  constructor(database: Queryable, now: () => number = () => performance.now()) {
    this.#database = database;
    this.#now = now;
  }

  /**
   * Makes an API key and keeps its hash.
   *
   * @param tenant whose scans and detections it sees (default its own).
   * @returns its id, and the token that is never shown again.
   */
  async create(
    label: string,
    scopes: readonly Scope[],
    tenant?: string,
  ): Promise<{ readonly id: string; readonly token: string }> {
    const { id, token, hash } = createApiKey();
    await this.#database.query(
      'insert into countermark.api_keys (id, hash, label, tenant, scopes) values ($1, $2, $3, $4, $5)',
      [id, hash, label, tenant ?? id, scopes],
    );
    return { id, token };
  }

  /** Finds who a token is of; undefined if nobody's, or revoked more than five seconds ago. */
  async authenticate(token: string): Promise<Caller | undefined> {
    const id = claimedId(token);
    if (id === undefined) return undefined;
    const row = await this.#find(id);
    if (row === undefined || !hasHash(token, row.hash)) return undefined;
    return { apiKeyId: row.id, tenant: row.tenant, scopes: row.scopes };
  }

  /** Lists all keys, oldest first. */
  list(): Promise<readonly ApiKeyInfo[]> {
    return this.#database.query<ApiKeyInfo>(
      'select id, label, tenant, scopes, created, revoked from countermark.api_keys order by created, id',
    );
  }

  /** Revokes a key; says whether there was one to revoke. */
  async revoke(id: string): Promise<boolean> {
    const rows = await this.#database.query(
      'update countermark.api_keys set revoked = now() where id = $1 and revoked is null returning id',
      [id],
    );
    this.#known.delete(id);
    return rows.length > 0;
  }

  // Only keys that are there are remembered, so that nobody fills the memory with others.
  async #find(id: string): Promise<Row | undefined> {
    const known = this.#known.get(id);
    if (known !== undefined && this.#now() < known.until) return known.row;
    const [row] = await this.#database.query<Row>(
      'select id, hash, tenant, scopes from countermark.api_keys where id = $1 and revoked is null',
      [id],
    );
    this.#known.delete(id);
    if (row === undefined) return undefined;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(id, { row, until: this.#now() + FRESH_MS });
    return row;
  }
}
