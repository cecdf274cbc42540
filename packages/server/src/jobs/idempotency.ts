import { createHash } from 'node:crypto';
import type { Queryable } from '../database/database.ts';
import { Problem } from '../http/problem.ts';

const FORM = /^[\x21-\x7e]{1,255}$/;
/** How long a key stands for its request. */
const HOURS = 24;

/**
 * Checks an `Idempotency-Key`.
 *
 * @throws {Problem} `invalid-request` if it is none.
 */
export function checkIdempotencyKey(key: string | undefined): void {
  if (key === undefined || FORM.test(key)) return;
  throw new Problem('invalid-request', '"Idempotency-Key" is not 1 to 255 visible ASCII characters');
}

/** Names what a request asks for. */
export function requestDigest(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex');
}

/**
 * Lets a key stand for a request within a transaction; whoever is second with it waits for the first.
 *
 * @param digest   of the request.
 * @param resource what the request makes.
 * @returns what the same request has made already; undefined for the first.
 * @throws {Problem} `unprocessable` if the key stands for another request.
 */
export async function claimKey(
  tx: Queryable,
  tenant: string,
  key: string,
  digest: string,
  resource: string,
): Promise<string | undefined> {
  await tx.query('delete from countermark.idempotency where created < now() - make_interval(hours => $1)', [
    HOURS,
  ]);
  const inserted = await tx.query(
    `insert into countermark.idempotency (tenant, key, request_hash, resource) values ($1, $2, $3, $4)
     on conflict do nothing returning key`,
    [tenant, key, digest, resource],
  );
  if (inserted.length > 0) return undefined;
  const [first] = await tx.query<{ hash: string; resource: string }>(
    'select request_hash as hash, resource from countermark.idempotency where tenant = $1 and key = $2',
    [tenant, key],
  );
  if (first?.hash === digest) return first.resource;
  throw new Problem('unprocessable', 'the "Idempotency-Key" was used for another request');
}
