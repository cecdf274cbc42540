import { randomUUID } from 'node:crypto';
import { chooseSeed } from '@countermark/corpus/driver';
import type { Caller } from '../access/scopes.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import { type AccountChoice, checkRegistered } from '../accounts/chosen-accounts.ts';
import type { Settings } from '../config.ts';
import type { Database } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import { claimKey, requestDigest } from '../jobs/idempotency.ts';
import { actorOf, recordAudit } from '../store/audit.ts';
import type { KeyUses } from '../store/key-uses.ts';
import { mayTest, type WatermarkKeyInfo, type WatermarkKeys } from '../store/watermark-keys.ts';
import type { OpenScans } from './open-scans.ts';
import type { ScanRequest } from './scan-request.ts';
import type { ScanWishes } from './scan-schemas.ts';
import type { Scan } from './scan-store.ts';

/** What a scan is asked for, read and checked for itself. */
export interface Submission {
  readonly source: ScanRequest['source'];
  /** What an idempotency key stands for: with digests of what was uploaded. */
  readonly content: unknown;
  readonly keyIds: readonly string[] | undefined;
  readonly options: ScanWishes;
  readonly accounts?: AccountChoice & { readonly alpha: number };
}

/** What submitting needs. */
export interface SubmitParts {
  readonly open: OpenScans;
  readonly database: Database;
  readonly keys: WatermarkKeys;
  readonly accounts: AccountStore;
  readonly settings: Settings;
  readonly keyUses: KeyUses;
}

/** Finds the keys that a scan is for: of those that its tenant may test for, those named, or all that are not archived. */
export async function keysFor(
  keys: WatermarkKeys,
  caller: Caller,
  keyIds: readonly string[] | undefined,
  maxKeys: number,
): Promise<readonly WatermarkKeyInfo[]> {
  const all = (await keys.list()).filter((key) => mayTest(key, caller));
  const chosen =
    keyIds === undefined
      ? all.filter(({ archived }) => archived === null)
      : [...new Set(keyIds)].map((id) => all.find((key) => key.keyId === id));
  if (chosen.length === 0) throw new Problem('unprocessable', 'the server has no key to look for');
  if (chosen.length > maxKeys) {
    throw new Problem(
      'limit-exceeded',
      `the scan is for more than ${maxKeys} keys; name some with "keyIds"`,
      {
        param: 'keyIds',
        limit: { name: 'COUNTERMARK_MAX_KEYS', value: maxKeys },
      },
    );
  }
  return chosen.map((info) => {
    if (info === undefined)
      throw new Problem('unprocessable', 'the server has no such key', { param: 'keyIds' });
    return info;
  });
}

/**
 * Checks options and accounts against each other and the keys.
 *
 * @throws {Problem} `invalid-request`, `unprocessable`, or `forbidden` if accounts are asked for without the scope.
 */
export function checkSubmission(
  { options, accounts }: Pick<Submission, 'options' | 'accounts'>,
  keys: readonly WatermarkKeyInfo[],
  caller: Caller,
): void {
  if ((options.field ?? options.fields?.[0]) !== undefined && options.idsField !== undefined) {
    const name = options.field === undefined ? 'fields' : 'field';
    throw new Problem('invalid-request', `"${name}" and "idsField" exclude each other`, {
      param: 'idsField',
    });
  }
  if (accounts === undefined) return;
  if (!caller.scopes.includes('trace')) {
    throw new Problem('forbidden', 'the API key lacks the scope "trace"', { param: 'accounts' });
  }
  if (accounts.issued !== undefined && accounts.issued < new Set(accounts.ids ?? []).size) {
    throw new Problem('invalid-request', 'fewer accounts were issued than are listed', {
      param: 'accounts.issued',
    });
  }
  if (keys.every(({ params }) => params.accountShare === 0)) {
    throw new Problem('unprocessable', 'no key has an account share, so no answer carries an account', {
      param: 'accounts',
    });
  }
}

/**
 * Keeps a scan and has it planned.
 *
 * @param id of the scan, whose uploads are in their place already.
 * @param idempotencyKey that the client gave, if it did.
 * @returns the scan; an earlier one if the key stands for it, and then nothing was made.
 */
export async function submitScan(
  id: string,
  submission: Submission,
  keys: readonly WatermarkKeyInfo[],
  caller: Caller,
  idempotencyKey: string | undefined,
  { open, database, keyUses, accounts: store, requestId }: SubmitParts & { readonly requestId: string },
): Promise<{ readonly scan: Scan; readonly isNew: boolean }> {
  const { source, content, keyIds, options, accounts } = submission;
  if (accounts?.registered === true) checkRegistered(accounts, await store.counts(), 'accounts');
  const digest = requestDigest({ content, keyIds: keyIds ?? null, options, accounts: accounts ?? null });
  const submitted = await database.transaction(async (tx) => {
    if (idempotencyKey !== undefined) {
      const earlier = await claimKey(tx, caller.tenant, idempotencyKey, digest, id);
      if (earlier !== undefined) return earlier;
    }
    const scan = await open.scans.insert(tx, id, caller.tenant, requestOf(source, keys, options, accounts));
    await open.queue.send(tx, 'plan', { subject: id });
    if (accounts !== undefined) {
      const details = {
        accounts: accounts.ids?.length ?? 'registered',
        keys: keys.map(({ keyId }) => keyId),
      };
      await recordAudit(tx, actorOf(caller, requestId), { action: 'accounts.traced', subject: id, details });
    }
    return scan;
  });
  if (typeof submitted !== 'string') {
    open.queue.announce();
    keyUses.count(
      caller.apiKeyId,
      'scan',
      keys.map(({ keyId }) => keyId),
    );
    return { scan: submitted, isNew: true };
  }
  const scan = await open.scans.find(submitted, caller.tenant);
  if (scan === undefined) throw new Problem('gone', 'the scan of this "Idempotency-Key" was removed');
  return { scan, isNew: false };
}

/** Names a new scan. */
export function newScanId(): string {
  return randomUUID();
}

function requestOf(
  source: ScanRequest['source'],
  keys: readonly WatermarkKeyInfo[],
  options: ScanWishes,
  accounts: Submission['accounts'],
): ScanRequest {
  const {
    format,
    field,
    fields,
    acceptCoverage,
    idsField,
    roles,
    idField,
    textSplit,
    idBytes,
    endOfText,
    ...plan
  } = options;
  const ids = accounts?.ids && [...new Set(accounts.ids)];
  return {
    source,
    keyIds: keys.map(({ keyId }) => keyId),
    reading: defined({
      format,
      field,
      fields,
      acceptCoverage,
      idsField,
      roles,
      idField,
      textSplit,
      idBytes,
      endOfText,
    }),
    // Chosen once: whoever plans again draws the same.
    plan: defined({ ...plan, seed: chooseSeed(defined(plan)) }),
    ...(accounts === undefined
      ? {}
      : {
          accounts: {
            ...(ids === undefined ? {} : { ids }),
            issued: accounts.issued ?? ids?.length ?? 1,
            alpha: accounts.alpha,
          },
        }),
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(options: T): Defined<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>;
}
