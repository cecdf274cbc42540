import type { Logger } from 'pino';
import type { Queryable } from '../database/database.ts';
import { recordAudit } from './audit.ts';

/** What a vendor key was used for. */
export type KeyUse = 'sample' | 'completion' | 'detect' | 'trace' | 'scan' | 'audit';

/** Counts are written so often, in ms: what a process that is killed has counted since is not told. */
const WRITE_MS = 300_000;

interface Uses {
  readonly actor: string;
  readonly use: KeyUse;
  readonly since: Date;
  readonly keys: Map<string, number>;
}

/** Counts which keys were used, by whom and what for, and writes the counts to the audit log now and then: an entry a use would be one a token. */
export class KeyUses {
  readonly #database: Queryable;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  #uses = new Map<string, Uses>();

  constructor(database: Queryable, logger: Logger) {
    this.#database = database;
    this.#logger = logger;
    this.#timer = setInterval(() => void this.write(), WRITE_MS).unref();
  }

  /**
   * Counts a use.
   *
   * @param actor public id of the API key, or `public`.
   */
  count(actor: string, use: KeyUse, keyIds: Iterable<string>): void {
    const name = `${actor} ${use}`;
    let uses = this.#uses.get(name);
    if (uses === undefined) {
      uses = { actor, use, since: new Date(), keys: new Map() };
      this.#uses.set(name, uses);
    }
    for (const keyId of keyIds) uses.keys.set(keyId, (uses.keys.get(keyId) ?? 0) + 1);
  }

  /** Writes what was counted; what cannot be written is written later. */
  async write(): Promise<void> {
    const written = this.#uses;
    this.#uses = new Map();
    for (const { actor, use, since, keys } of written.values()) {
      const details = { use, since: since.toISOString(), keys: Object.fromEntries(keys) };
      try {
        await recordAudit(this.#database, { name: actor }, { action: 'keys.used', details });
      } catch (error) {
        this.#putBack({ actor, use, since, keys });
        const name = error instanceof Error ? error.name : '';
        this.#logger.warn({ name }, 'uses of keys could not be written to the audit log yet');
      }
    }
  }

  /** Writes what was counted, and counts no more. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.write();
  }

  #putBack({ actor, use, since, keys }: Uses): void {
    const name = `${actor} ${use}`;
    const newer = this.#uses.get(name)?.keys ?? new Map<string, number>();
    for (const [keyId, count] of newer) keys.set(keyId, (keys.get(keyId) ?? 0) + count);
    this.#uses.set(name, { actor, use, since, keys });
  }
}
