import { claimedId, createApiKey, hasHash } from '../access/api-key.ts';
import type { Caller, Scope } from '../access/scopes.ts';
import type { Database } from '../database/database.ts';
import { DatabaseAwayError, HOLD_MS } from '../database/database-away.ts';
import { type Actor, COMMAND, recordAudit } from './audit.ts';

/** What is known of an API key, never its token. */
export interface ApiKeyInfo {
  readonly id: string;
  readonly label: string;
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly created: Date;
  /** When it ceases to be valid; null for never. */
  readonly expires: Date | null;
  readonly revoked: Date | null;
}

/** What of an API key may be chosen when it is made, beside its label and scopes. */
export interface NewApiKeyEntry {
  /** Whose scans and detections it sees (default its own). */
  readonly tenant?: string | undefined;
  /** When it ceases to be valid (default never). */
  readonly expires?: Date | null | undefined;
  /** Default {@link COMMAND}. */
  readonly by?: Actor;
}

/** What of an API key may be changed; what is undefined stays. */
export interface ApiKeyChange {
  readonly label?: string | undefined;
  readonly expires?: Date | null | undefined;
}

interface Row extends Pick<ApiKeyInfo, 'id' | 'tenant' | 'scopes' | 'expires'> {
  readonly hash: Uint8Array;
}

const COLUMNS = 'id, label, tenant, scopes, created, expires, revoked';

/** An API key that was just made. */
export interface MadeApiKey {
  readonly id: string;
  readonly token: string;
  readonly info: ApiKeyInfo;
}

/** For so long a key that was revoked elsewhere is still taken for valid. */
const REMEMBER_MS = 1000;

/** The API keys of a database. */
export class ApiKeys {
  readonly #database: Database;
  // Keys that were valid a moment ago, so that not every request asks the database.
  readonly #recent = new Map<string, { readonly row: Promise<Row | undefined>; readonly until: number }>();

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Makes an API key and keeps its hash.
   *
   * @param entry its tenant, or all that may be chosen.
   * @returns its id, the token that is never shown again, and what is known of it.
   */
  async create(
    label: string,
    scopes: readonly Scope[],
    entry?: string | NewApiKeyEntry,
  ): Promise<MadeApiKey> {
    const {
      tenant,
      expires = null,
      by = COMMAND,
    } = typeof entry === 'string' ? { tenant: entry } : (entry ?? {});
    const { id, token, hash } = createApiKey();
    const info = await this.#database.transaction(async (tx) => {
      const [made] = await tx.query<ApiKeyInfo>(
        `insert into countermark.api_keys (id, hash, label, tenant, scopes, expires)
         values ($1, $2, $3, $4, $5, $6) returning ${COLUMNS}`,
        [id, hash, label, tenant ?? id, scopes, expires],
      );
      const details = { label, tenant: tenant ?? id, scopes, expires };
      await recordAudit(tx, by, { action: 'api-key.created', subject: id, details });
      return made;
    });
    if (info === undefined) throw new Error('an API key that was just kept is not there');
    return { id, token, info };
  }

  /**
   * Finds who a token is of; undefined if nobody's, expired, or revoked: what another process revokes or changes, after a second at most.
   */
  async authenticate(token: string): Promise<Caller | undefined> {
    const id = claimedId(token);
    const row = id === undefined ? undefined : await this.#find(id);
    if (row === undefined || !hasHash(token, row.hash) || hasExpired(row)) return undefined;
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
      'select id, hash, tenant, scopes, expires from countermark.api_keys where id = $1 and revoked is null',
      [id],
    );
    return row;
  }

  /** Lists all keys, oldest first. */
  list(): Promise<readonly ApiKeyInfo[]> {
    return this.#database.query<ApiKeyInfo>(
      `select ${COLUMNS} from countermark.api_keys order by created, id`,
    );
  }

  async find(id: string): Promise<ApiKeyInfo | undefined> {
    const [info] = await this.#database.query<ApiKeyInfo>(
      `select ${COLUMNS} from countermark.api_keys where id = $1`,
      [id],
    );
    return info;
  }

  /** Changes what a key is called, or how long it is valid. Undefined if there is no such key. */
  async change(id: string, change: ApiKeyChange, by: Actor = COMMAND): Promise<ApiKeyInfo | undefined> {
    const changed = await this.#database.transaction(async (tx) => {
      const [old] = await tx.query<ApiKeyInfo>(
        `select ${COLUMNS} from countermark.api_keys where id = $1 for update`,
        [id],
      );
      if (old === undefined) return undefined;
      const { label = old.label, expires = old.expires } = change;
      const [info] = await tx.query<ApiKeyInfo>(
        `update countermark.api_keys set label = $2, expires = $3 where id = $1 returning ${COLUMNS}`,
        [id, label, expires],
      );
      await recordAudit(tx, by, { action: 'api-key.changed', subject: id, details: { label, expires } });
      return info;
    });
    this.#recent.delete(id);
    return changed;
  }

  /** Revokes a key; says whether there was one to revoke. */
  async revoke(id: string, by: Actor = COMMAND): Promise<boolean> {
    const isRevoked = await this.#database.transaction(async (tx) => {
      const rows = await tx.query(
        'update countermark.api_keys set revoked = now() where id = $1 and revoked is null returning id',
        [id],
      );
      if (rows.length > 0) await recordAudit(tx, by, { action: 'api-key.revoked', subject: id });
      return rows.length > 0;
    });
    this.#recent.delete(id);
    return isRevoked;
  }
}

function hasExpired({ expires }: Row): boolean {
  return expires !== null && expires.getTime() <= Date.now();
}
