import { claimedId, createApiKey, hasHash } from '../access/api-key.ts';
import type { Caller, Scope } from '../access/scopes.ts';
import type { Queryable } from './database.ts';
import { DatabaseAwayError, HOLD_MS } from './database-away.ts';

/** What is known of an API key, never its token. */
export interface ApiKeyInfo {
  readonly id: string;
  readonly label: string;
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly created: Date;
  readonly revoked: Date | null;
}

interface Row extends ApiKeyInfo {
  readonly hash: Uint8Array;
}

/** For so long a key that was revoked elsewhere is still taken for valid. */
const REMEMBER_MS = 1000;

/** The API keys of a database. */
export class ApiKeys {
  readonly #database: Queryable;
  // Keys that were valid a moment ago, so that not every request asks the database.
  readonly #recent = new Map<string, { readonly row: Promise<Row | undefined>; readonly until: number }>();

  constructor(database: Queryable) {
    this.#database = database;
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

  /**
   * Finds who a token is of; undefined if nobody's, or revoked: what another process revokes, after a second at most.
   */
  async authenticate(token: string): Promise<Caller | undefined> {
    const id = claimedId(token);
    const row = id === undefined ? undefined : await this.#find(id);
    if (row === undefined || !hasHash(token, row.hash)) return undefined;
    return { apiKeyId: row.id, tenant: row.tenant, scopes: row.scopes };
  }

  async #find(id: string): Promise<Row | undefined> {
    const now = performance.now();
    const recent = this.#recent.get(id);
    if (recent !== undefined && now < recent.until) return recent.row;
    const asked = { row: this.#read(id), until: now + REMEMBER_MS };
    this.#recent.set(id, asked);
    // Only what is there is remembered: ids that clients make up are too many.
    const row = await asked.row.catch(async (error: unknown) => {
      this.#recent.delete(id);
      // While the database is away, what was known holds for a while.
      const isHeld = recent !== undefined && now < recent.until + HOLD_MS;
      if (!(error instanceof DatabaseAwayError && isHeld)) throw error;
      const held = await recent.row;
      if (!this.#recent.has(id)) this.#recent.set(id, recent);
      return held;
    });
    if (row === undefined) this.#recent.delete(id);
    return row;
  }

  async #read(id: string): Promise<Row | undefined> {
    const [row] = await this.#database.query<Row>(
      'select id, hash, tenant, scopes from countermark.api_keys where id = $1 and revoked is null',
      [id],
    );
    return row;
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
    this.#recent.delete(id);
    return rows.length > 0;
  }
}
