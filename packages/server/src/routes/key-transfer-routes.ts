import { z } from 'zod';
import { expectClient } from '../http/client-left.ts';
import { Problem, unknownKey } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { KeyId, KeyLabel, Tenant } from '../http/schemas.ts';
import { SealError } from '../secrets/seal.ts';
import { MIN_PASSPHRASE, SealedKeysSchema, type SealSecret } from '../secrets/sealed-keys.ts';
import { actorOf } from '../store/audit.ts';
import { exportKeys, importSealedKeys } from '../store/key-transfer.ts';
import type { Store } from '../store/open-store.ts';
import { refusingConflicts } from './key-routes.ts';

const SECRET = {
  passphrase: z
    .string()
    .min(MIN_PASSPHRASE)
    .max(1024)
    .optional()
    .describe('what the keys are sealed under: either this or `sealKey`'),
  sealKey: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes in base64url')
    .optional()
    .describe('32 random bytes in base64url'),
};
const ONE_SECRET = { error: 'expected either "passphrase" or "sealKey"' };
const hasOne = ({ passphrase, sealKey }: { passphrase?: unknown; sealKey?: unknown }): boolean =>
  (passphrase === undefined) !== (sealKey === undefined);

const NewExport = z
  .strictObject({ keyIds: z.array(KeyId).min(1).max(1000), ...SECRET })
  .refine(hasOne, ONE_SECRET)
  .meta({ id: 'NewKeyExport' });

const NewImport = z
  .strictObject({
    file: SealedKeysSchema,
    ...SECRET,
    label: KeyLabel.optional().describe('in place of those that the keys come with'),
    tenant: Tenant.nullable().optional().describe('whose they are, in place of those that they come with'),
    public: z.boolean().optional(),
    status: z.enum(['active', 'retired']).optional().describe('`retired` for keys that are only tested for'),
  })
  .refine(hasOne, ONE_SECRET)
  .meta({ id: 'NewKeyImport' });

const Imported = z
  .strictObject({
    object: z.literal('key-import'),
    imported: z.array(KeyId),
    existing: z.array(KeyId).describe('those that were there already, and were left as they are'),
  })
  .meta({ id: 'KeyImport' });

/**
 * Routes by which vendor keys come and go, sealed.
 *
 * @param mayExport whether keys may leave over HTTP at all.
 */
export function keyTransferRoutes(store: Store, mayExport: boolean): Route[] {
  const tag = 'keys';
  return [
    defineRoute({
      method: 'post',
      path: '/v1/key-exports',
      access: 'admin',
      tag,
      summary: 'Export keys, sealed',
      description:
        'Only where `COUNTERMARK_KEY_EXPORT` allows it. The answer is a file that opens with the passphrase or key alone; it holds the secrets, and the audit log says who took it.',
      body: NewExport,
      replies: { 200: { description: 'The file.', schema: SealedKeysSchema } },
      handle: async ({ body, caller, requestId, signal }) => {
        if (!mayExport) {
          throw new Problem('forbidden', 'this server exports no keys: COUNTERMARK_KEY_EXPORT allows it');
        }
        const known = new Set((await store.keys.list()).map(({ keyId }) => keyId));
        const unknown = body.keyIds.find((keyId) => !known.has(keyId));
        if (unknown !== undefined) throw unknownKey(unknown);
        expectClient(signal);
        const file = await exportKeys(store, body.keyIds, secretOf(body), actorOf(caller, requestId));
        return {
          status: 200,
          headers: { 'Content-Disposition': 'attachment; filename="countermark-keys.sealed.json"' },
          json: file,
        };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/key-imports',
      access: 'admin',
      tag,
      summary: 'Import sealed keys, all of them or none',
      description: 'Keys that are there already stay as they are.',
      body: NewImport,
      replies: { 200: { description: 'What became of them.', schema: Imported } },
      handle: async ({ body, caller, requestId, signal }) => {
        const { file, label, tenant, status } = body;
        const choice = { label, tenant, public: body.public, status };
        expectClient(signal);
        try {
          const by = actorOf(caller, requestId);
          const done = await refusingConflicts(() =>
            importSealedKeys(store, file, secretOf(body), choice, by),
          );
          return { status: 200, json: { object: 'key-import', ...done } };
        } catch (cause) {
          if (cause instanceof SealError)
            throw new Problem('unprocessable', cause.message, { cause, param: 'file' });
          throw cause;
        }
      },
    }),
  ];
}

function secretOf(body: {
  readonly passphrase?: string | undefined;
  readonly sealKey?: string | undefined;
}): SealSecret {
  const { passphrase, sealKey = '' } = body;
  return passphrase === undefined ? { sealKey: Buffer.from(sealKey, 'base64url') } : { passphrase };
}
