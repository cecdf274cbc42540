/** The file form of an {@link ForeignKey}: docs/interop.md. */
import * as z from 'zod';
import { checkFileIds, checkFileVersion, damagedFile } from '../key-file-checks.ts';
import { ForeignKey, interopFingerprint, interopKeyId } from './foreign-key.ts';
import { profileNamed } from './profiles.ts';

/** What an interop key file says it is. */
export const FOREIGN_KEY_TYPE = 'countermark-interop-key';

const Members = z.record(z.string(), z.unknown());

const InteropKeyFile = z.strictObject({
  type: z.literal(FOREIGN_KEY_TYPE),
  version: z.literal(1),
  keyId: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lowercase hex digits'),
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hex digits'),
  params: z.strictObject({
    version: z.literal(1),
    profile: z.string(),
    tokenizer: z.strictObject({
      name: z
        .string()
        .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable ASCII characters without spaces'),
      vocabSize: z.int().min(1),
      fingerprint: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hex digits'),
    }),
    vocabSize: z.int().min(2),
    settings: Members,
  }),
  secret: Members,
});

/** Returns the text of a key file. It holds the secret: write it with mode 0600, log it nowhere. */
export function formatForeignKeyFile(key: ForeignKey): string {
  const { keyId, fingerprint, params } = key;
  const file = { type: FOREIGN_KEY_TYPE, version: 1, keyId, fingerprint, params, secret: key.exportSecret() };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/**
 * Reads the parsed text of a key file, and checks that its parts belong together.
 *
 * No message repeats any of it: it holds a secret.
 *
 * @param value parsed JSON.
 * @throws {WatermarkError} `key-unreadable`, `params-newer`, `params-invalid` or `key-tampered`.
 */
export function parseForeignKeyFile(value: unknown): ForeignKey {
  const head = z.looseObject({ version: z.int() }).safeParse(value);
  if (head.success) checkFileVersion(head.data.version);
  const file = InteropKeyFile.safeParse(value);
  if (!file.success) throw damagedFile(file.error);
  const { params, secret } = file.data;
  const key = new ForeignKey({
    profile: profileNamed(params.profile),
    config: { ...params.settings, ...secret },
    tokenizer: params.tokenizer,
    vocabSize: params.vocabSize,
  });
  if (key.fingerprint !== file.data.fingerprint || key.keyId !== file.data.keyId) {
    // Files of earlier releases have the ids of settings and secret as they were spelt. Whole ones are read; the key has its own id.
    const fingerprint = interopFingerprint(params);
    checkFileIds({ fingerprint, keyId: interopKeyId(params, secret) }, file.data, 'settings');
  }
  return key;
}
