import { parseParams, WatermarkKey, type WatermarkParams } from '@countermark/watermark';
import type { Database, Queryable } from '../database/database.ts';
import { DatabaseAwayError, HOLD_MS } from '../database/database-away.ts';
import { proofOf } from '../secrets/master-key.ts';
import { seal } from '../secrets/seal.ts';
import { ServerError } from '../server-error.ts';
import { type Actor, type AuditAction, COMMAND, recordAudit } from './audit.ts';
import { rotatedKey } from './check-master-key.ts';
import { KeyOpener } from './key-opener.ts';

/** What is known of a vendor's key, without its secret. */
export interface WatermarkKeyInfo {
  readonly keyId: string;
  /** What it is for; one key of a label is active. */
  readonly label: string;
  /** Whose it is: nobody else marks with it, or tests for it unless it is public. Null for every tenant's. */
  readonly tenant: string | null;
  readonly fingerprint: string;
  readonly params: WatermarkParams;
  /** Whether anybody may test texts for it. */
  readonly public: boolean;
  /** Active keys mark; retired ones only detect. */
  readonly status: 'active' | 'retired';
  /** The key that it took the place of. */
  readonly successorOf: string | null;
  readonly created: Date;
  readonly retired: Date | null;
  /** Since when it is only tested where it is named; null for keys that are tested. */
  readonly archived: Date | null;
  /** When it began to mark, if not when it was made here. */
  readonly validFrom: Date | null;
  /** When it ceased to, if not when it was retired here. */
  readonly validUntil: Date | null;
  /** Until when a key that another took the place of marks for calls that name it; null for never. */
  readonly marksUntil: Date | null;
}

/** How a new key is kept. */
export interface NewKeyEntry {
  /** Default every tenant's. */
  readonly tenant?: string | null;
  /** Default `active`; a retired one only detects. */
  readonly status?: 'active' | 'retired';
  /** When it began to mark, if not now. */
  readonly validFrom?: Date | null;
  /** When it ceased to, if not when it was retired here. */
  readonly validUntil?: Date | null;
}

/** A new key. */
export interface AddedKey {
  readonly key: WatermarkKey;
  readonly label: string;
  readonly isPublic: boolean;
  readonly entry?: NewKeyEntry;
}

/** Who adds keys, and what the audit log calls that. */
export interface Adding {
  /** Default {@link COMMAND}. */
  readonly by?: Actor;
  /** Default `key.created`. */
  readonly action?: AuditAction;
}

/** What of a key may be changed; what is undefined stays. */
export interface KeyChange {
  readonly public?: boolean | undefined;
  readonly archived?: boolean | undefined;
  readonly validFrom?: Date | null | undefined;
  readonly validUntil?: Date | null | undefined;
}

/** Thrown where a change contradicts the keys that are there. */
export class KeyConflictError extends ServerError {
  override readonly name = 'KeyConflictError';
  override readonly code = 'key-conflict';
}

const COLUMNS =
  'key_id as "keyId", label, tenant, fingerprint, params, public, status, successor_of as "successorOf", created, retired, archived, valid_from as "validFrom", valid_until as "validUntil", marks_until as "marksUntil"';

/** For so long a key that was made elsewhere may be unknown. */
const REMEMBER_MS = 1000;

/** The vendor's keys of a database, their secrets sealed under the master key. */
export class WatermarkKeys {
  readonly #database: Database;
  readonly #masterKey: Uint8Array;
  readonly #opener: KeyOpener;
  // What was known last, for as long as it holds while the database is away.
  #held: { readonly keys: readonly WatermarkKeyInfo[]; readonly until: number } | undefined;
  #recent: { readonly keys: Promise<readonly WatermarkKeyInfo[]>; readonly until: number } | undefined;

  constructor(database: Database, masterKey: Uint8Array) {
    this.#opener = new KeyOpener(database, masterKey);
    this.#database = database;
    this.#masterKey = masterKey;
  }

  /**
   * Keeps a key, as the active one of its tenant and label unless it is retired, and returns what is kept of it.
   *
   * @throws {KeyConflictError} if the label has an active key, or the key is there already.
   */
  async add(
    key: WatermarkKey,
    label: string,
    isPublic: boolean,
    { by, ...entry }: NewKeyEntry & Pick<Adding, 'by'> = {},
  ): Promise<WatermarkKeyInfo> {
    const [info] = await this.addAll([{ key, label, isPublic, entry }], by === undefined ? {} : { by });
    if (info === undefined) throw new Error('a key that was just kept is not there');
    return info;
  }

  /** Keeps keys as {@link add} does, all of them or none. */
  async addAll(
    added: readonly AddedKey[],
    { by = COMMAND, action = 'key.created' }: Adding = {},
  ): Promise<readonly WatermarkKeyInfo[]> {
    const kept = await this.#database.transaction(async (tx) => {
      const infos: WatermarkKeyInfo[] = [];
      for (const { key, label, isPublic, entry = {} } of added) {
        const { tenant = null, status = 'active' } = entry;
        const row = { ...entry, label, public: isPublic, tenant, status, successorOf: null };
        infos.push(await this.#insert(tx, key, row));
        const details = { label, public: isPublic, tenant, status };
        await recordAudit(tx, by, { action, subject: key.keyId, details });
      }
      return infos;
    });
    this.#forget();
    return kept;
  }

  /**
   * Makes a key of the same parameters take the place of an active one, which is retired.
   *
   * @param graceMs for how long the old one still marks for calls that name it.
   * @throws {KeyConflictError} if there is no such active key.
   */
  async rotate(keyId: string, graceMs = 0, by: Actor = COMMAND): Promise<WatermarkKeyInfo> {
    const made = await this.#database.transaction(async (tx) => {
      const old = await retire(tx, keyId, graceMs);
      if (old === undefined) throw new KeyConflictError(`key ${keyId} is not active`);
      const key = new WatermarkKey(parseParams(old.params));
      const info = await this.#insert(tx, key, {
        ...old,
        status: 'active',
        validFrom: null,
        validUntil: null,
        successorOf: keyId,
      });
      const details = { successor: key.keyId, graceMs };
      await recordAudit(tx, by, { action: 'key.rotated', subject: keyId, details });
      return info;
    });
    this.#forget();
    return made;
  }

  /**
   * Retires a key that marks, active or in its time of grace: it marks no more, and still detects. Undefined if there is no such key.
   */
  async retire(keyId: string, by: Actor = COMMAND): Promise<WatermarkKeyInfo | undefined> {
    const retired = await this.#database.transaction(async (tx) => {
      const info = (await retire(tx, keyId, 0)) ?? (await endGrace(tx, keyId));
      if (info !== undefined) await recordAudit(tx, by, { action: 'key.retired', subject: keyId });
      return info;
    });
    this.#forget();
    return retired;
  }

  /**
   * Changes what is said of a key. Undefined if there is no such key.
   *
   * @throws {KeyConflictError} if an active key were archived, or a period ended before it begins.
   */
  async change(keyId: string, change: KeyChange, by: Actor = COMMAND): Promise<WatermarkKeyInfo | undefined> {
    const changed = await this.#database.transaction(async (tx) => {
      const [old] = await tx.query<WatermarkKeyInfo>(
        `select ${COLUMNS} from countermark.watermark_keys where key_id = $1 for update`,
        [keyId],
      );
      if (old === undefined) return undefined;
      const isArchived = change.archived ?? old.archived !== null;
      if (isArchived && old.status === 'active') {
        throw new KeyConflictError(`key ${keyId} is active: retire it before it is archived`);
      }
      const { validFrom = old.validFrom, validUntil = old.validUntil } = change;
      const [from, until] = periodOf({ ...old, validFrom, validUntil });
      if (until !== undefined && until < from) {
        throw new KeyConflictError(`key ${keyId}: its period would end before it begins`);
      }
      const [info] = await tx.query<WatermarkKeyInfo>(
        `update countermark.watermark_keys set public = $2, valid_from = $3, valid_until = $4,
           archived = case when $5 then coalesce(archived, now()) end
         where key_id = $1 returning ${COLUMNS}`,
        [keyId, change.public ?? old.public, validFrom, validUntil, isArchived],
      );
      const details = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      await recordAudit(tx, by, { action: 'key.changed', subject: keyId, details });
      return info;
    });
    this.#forget();
    return changed;
  }

  /** Lists all keys, oldest first. */
  list(): Promise<readonly WatermarkKeyInfo[]> {
    return this.#database.query<WatermarkKeyInfo>(
      `select ${COLUMNS} from countermark.watermark_keys order by created, key_id`,
    );
  }

  /**
   * Lists all keys as {@link list} does, from memory for a second, and for a minute while the database is away; changes of this
   * process are seen at once.
   */
  listRecent(): Promise<readonly WatermarkKeyInfo[]> {
    const now = performance.now();
    if (this.#recent !== undefined && now < this.#recent.until) return this.#recent.keys;
    const asked = { keys: this.list(), until: now + REMEMBER_MS };
    this.#recent = asked;
    const held = this.#held;
    return asked.keys.then(
      (keys) => {
        this.#held = { keys, until: performance.now() + HOLD_MS };
        return keys;
      },
      (error: unknown) => {
        if (this.#recent === asked) this.#recent = undefined;
        if (error instanceof DatabaseAwayError && held !== undefined && performance.now() < held.until) {
          return held.keys;
        }
        throw error;
      },
    );
  }

  async find(keyId: string): Promise<WatermarkKeyInfo | undefined> {
    const [info] = await this.#database.query<WatermarkKeyInfo>(
      `select ${COLUMNS} from countermark.watermark_keys where key_id = $1`,
      [keyId],
    );
    return info;
  }

  /** Finds the active key of a label: a tenant's own, or else the one of every tenant. */
  async findActive(label: string, tenant: string): Promise<WatermarkKeyInfo | undefined> {
    // PostgreSQL refuses to compare with it.
    if (label.includes('\0')) return undefined;
    const [info] = await this.#database.query<WatermarkKeyInfo>(
      `select ${COLUMNS} from countermark.watermark_keys
       where label = $1 and status = 'active' and (tenant is null or tenant = $2)
       order by tenant nulls last limit 1`,
      [label, tenant],
    );
    return info;
  }

  /**
   * Opens a key with its secret.
   *
   * @throws {SealError} if it was sealed under another master key.
   */
  open(keyId: string): Promise<WatermarkKey | undefined> {
    return this.#opener.open(keyId);
  }

  // What this process changed is asked for anew.
  #forget(): void {
    this.#recent = undefined;
    this.#held = undefined;
  }

  async #insert(tx: Queryable, key: WatermarkKey, row: InsertedRow): Promise<WatermarkKeyInfo> {
    // Nothing is sealed under a master key that another process has replaced.
    const [isCurrent] = await tx.query(
      'select single from countermark.master_key where proof = $1 for share',
      [proofOf(this.#masterKey)],
    );
    if (isCurrent === undefined) throw rotatedKey();
    const secret = key.exportSecret();
    const sealed = seal(this.#masterKey, key.keyId, secret);
    secret.fill(0);
    const { label, tenant, status, successorOf, validFrom = null, validUntil = null } = row;
    const [info] = await tx.query<WatermarkKeyInfo>(
      `insert into countermark.watermark_keys
         (key_id, label, tenant, fingerprint, params, sealed, public, status, successor_of, valid_from, valid_until, retired)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, case when $8 = 'retired' then now() end)
       on conflict do nothing returning ${COLUMNS}`,
      [
        key.keyId,
        label,
        tenant,
        key.fingerprint,
        JSON.stringify(key.params),
        sealed,
        row.public,
        status,
        successorOf,
        validFrom,
        validUntil,
      ],
    );
    if (info === undefined) {
      throw new KeyConflictError(`there is an active key with the label "${label}", or this very key`);
    }
    return info;
  }
}

interface InsertedRow
  extends Pick<WatermarkKeyInfo, 'label' | 'tenant' | 'public' | 'status' | 'successorOf'> {
  readonly validFrom?: Date | null;
  readonly validUntil?: Date | null;
}

/** Whether a key is a tenant's to mark with and to test for: its own, or every tenant's. */
export function belongsTo(
  { tenant }: Pick<WatermarkKeyInfo, 'tenant'>,
  caller: { readonly tenant: string },
): boolean {
  return tenant === null || tenant === caller.tenant;
}

/** Whether a tenant may test texts for a key: its own, every tenant's, and those that anybody may. */
export function mayTest(
  key: Pick<WatermarkKeyInfo, 'tenant' | 'public'>,
  caller: { readonly tenant: string },
): boolean {
  return key.public || belongsTo(key, caller);
}

/** Returns from when to when a key marked; undefined where it still does. */
export function periodOf(
  key: Pick<WatermarkKeyInfo, 'validFrom' | 'validUntil' | 'created' | 'retired' | 'marksUntil'>,
): readonly [from: Date, until: Date | undefined] {
  return [key.validFrom ?? key.created, key.validUntil ?? key.marksUntil ?? key.retired ?? undefined];
}

/** For how long a key that was rotated marks for calls that name it, in ms, from when it was. */
export function graceOf({ retired, marksUntil }: WatermarkKeyInfo): number {
  return retired === null || marksUntil === null ? 0 : marksUntil.getTime() - retired.getTime();
}

/** How much of that is left by this machine's clock: never more than there was, however that was set. */
export function graceLeftMs(info: WatermarkKeyInfo): number {
  const left = info.marksUntil === null ? 0 : info.marksUntil.getTime() - Date.now();
  return Math.max(0, Math.min(graceOf(info), left));
}

async function retire(
  database: Queryable,
  keyId: string,
  graceMs: number,
): Promise<WatermarkKeyInfo | undefined> {
  const [info] = await database.query<WatermarkKeyInfo>(
    `update countermark.watermark_keys set status = 'retired', retired = now(),
       marks_until = case when $2 > 0 then now() + $2 * interval '1 millisecond' end
     where key_id = $1 and status = 'active' returning ${COLUMNS}`,
    [keyId, graceMs],
  );
  return info;
}

async function endGrace(database: Queryable, keyId: string): Promise<WatermarkKeyInfo | undefined> {
  const [info] = await database.query<WatermarkKeyInfo>(
    `update countermark.watermark_keys set retired = least(now(), marks_until), marks_until = null
     where key_id = $1 and marks_until is not null returning ${COLUMNS}`,
    [keyId],
  );
  return info;
}
