import type { Queryable } from '../database/database.ts';

/** What the audit log tells of; renaming one is a breaking change. */
export const AUDIT_ACTIONS = [
  'key.created',
  'key.imported',
  'key.rotated',
  'key.retired',
  'key.changed',
  'keys.exported',
  'keys.used',
  'accounts.traced',
  'model-audit.created',
  'api-key.created',
  'api-key.changed',
  'api-key.revoked',
  'master-key.rotated',
  'backup.made',
  'backup.restored',
] as const;
/** One of {@link AUDIT_ACTIONS}. */
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Who did something: an API key by its public id, or one of these. */
export interface Actor {
  readonly name: 'command' | 'public' | 'server' | (string & Record<never, never>);
  /** Id of the request that it was done for. */
  readonly requestId?: string;
}

/** Returns who does what a request of a route with a scope asks for. */
export function actorOf(caller: { readonly apiKeyId: string } | undefined, requestId: string): Actor {
  if (caller === undefined) throw new Error('a route with a scope has a caller');
  return { name: caller.apiKeyId, requestId };
}

/** Somebody at the machine, by a command. */
export const COMMAND: Actor = { name: 'command' };
/** The server itself. */
export const SERVER: Actor = { name: 'server' };

/** What is to be told. Neither member holds a secret, a text or an account. */
export interface AuditFact {
  readonly action: AuditAction;
  /** Public id of the key, API key, scan or audit of a model that it is about. */
  readonly subject?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An entry of the audit log. */
export interface AuditEntry {
  /** Grows with time; entries of transactions that overlap may be in either order. */
  readonly number: number;
  readonly at: Date;
  readonly actor: string;
  readonly request: string | null;
  readonly action: AuditAction;
  readonly subject: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Which entries are asked for; all members narrow. */
export interface AuditQuery {
  readonly action?: AuditAction | undefined;
  readonly actor?: string | undefined;
  /** A subject, or a key that was used. */
  readonly subject?: string | undefined;
  /** Only entries with smaller numbers. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Adds an entry, within the transaction of what it tells of: neither is there without the other. */
export async function recordAudit(database: Queryable, by: Actor, fact: AuditFact): Promise<void> {
  await database.query(
    'insert into countermark.audit (actor, request, action, subject, details) values ($1, $2, $3, $4, $5)',
    [by.name, by.requestId ?? null, fact.action, fact.subject ?? null, JSON.stringify(fact.details ?? {})],
  );
}

/** Reads the audit log, newest first. */
export async function listAudit(database: Queryable, query: AuditQuery): Promise<readonly AuditEntry[]> {
  const { action = null, actor = null, subject = null, before = null, limit } = query;
  const rows = await database.query<AuditEntry>(
    `select number, at, actor, request, action, subject, details from countermark.audit
     where ($1::text is null or action = $1) and ($2::text is null or actor = $2)
       and ($3::text is null or subject = $3 or details->'keys' ? $3)
       and ($4::bigint is null or number < $4)
     order by number desc limit $5`,
    [action, actor, subject, before, limit],
  );
  // PostgreSQL's client has numbers of 64 bits as text.
  return rows.map((row) => ({ ...row, number: Number(row.number) }));
}
