/**
 * Vendor keys on their way from one place to another: key files of docs/spec.md, with what is known of them, sealed together under a passphrase
 * or a key. docs/server.md, "Keys that travel", has the form.
 */
import { randomBytes, scrypt } from 'node:crypto';
import { formatKeyFile, parseKeyFile, WatermarkError, type WatermarkKey } from '@countermark/watermark';
import { z } from 'zod';
import { deriveFrom } from './master-key.ts';
import { SealError, seal, unseal } from './seal.ts';

/** What keys are sealed under; a passphrase has at least {@link MIN_PASSPHRASE} characters. */
export type SealSecret = { readonly passphrase: string } | { readonly sealKey: Uint8Array };

/** Shorter passphrases are refused: whoever has the file may try as many as they like. */
export const MIN_PASSPHRASE = 12;

/** A key with what is known of it. */
export interface TravellingKey {
  readonly key: WatermarkKey;
  readonly label: string;
  readonly tenant: string | null;
  readonly public: boolean;
  readonly status: 'active' | 'retired';
  /** When it began to mark. */
  readonly validFrom: Date | null;
  /** When it ceased to; null while it does. */
  readonly validUntil: Date | null;
}

// RFC 7914; one guess takes 32 MB and some 0.2 s. The file names them, and no others are taken: they would be work that a stranger chooses.
const COST = { N: 32_768, r: 8, p: 3 } as const;
const SALT_BYTES = 16;
const MOST_KEYS = 1000;

const KeyId = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lowercase hex digits');
const Bytes = z.string().regex(/^[A-Za-z0-9_-]+$/, 'must be base64url');

/** The file. */
export const SealedKeysSchema = z
  .strictObject({
    type: z.literal('countermark-sealed-keys'),
    version: z.literal(1),
    keyIds: z.array(KeyId).min(1).max(MOST_KEYS),
    derivation: z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('scrypt'),
        N: z.literal(COST.N),
        r: z.literal(COST.r),
        p: z.literal(COST.p),
        salt: z.string().regex(/^[A-Za-z0-9_-]{22}$/, 'must be 16 bytes in base64url'),
      }),
      z.strictObject({ kind: z.literal('key') }),
    ]),
    sealed: Bytes.max(4_000_000),
  })
  .meta({ id: 'SealedKeys', description: 'Vendor keys, sealed under a passphrase or a key.' });
/** The file, parsed. */
export type SealedKeys = z.output<typeof SealedKeysSchema>;
type SealedHead = Omit<SealedKeys, 'sealed'>;

const Instant = z.iso
  .datetime()
  .transform((text) => new Date(text))
  .nullable();
const Contents = z.strictObject({
  keys: z.array(
    z.strictObject({
      label: z.string(),
      tenant: z.string().nullable(),
      public: z.boolean(),
      status: z.enum(['active', 'retired']),
      validFrom: Instant,
      validUntil: Instant,
      file: z.record(z.string(), z.unknown()),
    }),
  ),
});

/** Seals keys. */
export async function sealKeys(keys: readonly TravellingKey[], secret: SealSecret): Promise<SealedKeys> {
  const salt = randomBytes(SALT_BYTES).toString('base64url');
  const head: SealedHead = {
    type: 'countermark-sealed-keys',
    version: 1,
    keyIds: keys.map(({ key }) => key.keyId),
    derivation: 'passphrase' in secret ? { kind: 'scrypt', ...COST, salt } : { kind: 'key' },
  };
  const contents = {
    keys: keys.map(({ key, ...known }) => ({ ...known, file: JSON.parse(formatKeyFile(key)) as unknown })),
  };
  const sealKey = await sealKeyOf(secret, salt);
  const sealed = seal(sealKey, nameOf(head), Buffer.from(JSON.stringify(contents)));
  sealKey.fill(0);
  return { ...head, sealed: Buffer.from(sealed).toString('base64url') };
}

/**
 * Opens what {@link sealKeys} sealed.
 *
 * @throws {SealError} if the passphrase or key is another, the file was changed, or what it holds is no key of this release.
 */
export async function unsealKeys(file: SealedKeys, secret: SealSecret): Promise<readonly TravellingKey[]> {
  const { sealed, ...head } = file;
  const isPassphrase = head.derivation.kind === 'scrypt';
  if (isPassphrase !== 'passphrase' in secret) {
    throw new SealError(
      `the keys are sealed under a ${isPassphrase ? 'passphrase' : 'key, not a passphrase'}`,
    );
  }
  const sealKey = await sealKeyOf(secret, head.derivation.kind === 'scrypt' ? head.derivation.salt : '');
  const bytes = opened(sealKey, nameOf(head), Buffer.from(sealed, 'base64url'));
  sealKey.fill(0);
  const contents = Contents.safeParse(JSON.parse(Buffer.from(bytes).toString()));
  bytes.fill(0);
  if (!contents.success) throw new SealError('the sealed keys are of another release');
  return contents.data.keys.map(({ file: keyFile, ...known }) => ({ ...known, key: keyOf(keyFile) }));
}

function keyOf(file: unknown): WatermarkKey {
  try {
    return parseKeyFile(JSON.stringify(file));
  } catch (cause) {
    if (!(cause instanceof WatermarkError)) throw cause;
    throw new SealError(`a sealed key cannot be used: ${cause.message}`, { cause });
  }
}

function opened(sealKey: Uint8Array, name: string, sealed: Uint8Array): Uint8Array {
  try {
    return unseal(sealKey, name, sealed);
  } catch (cause) {
    if (!(cause instanceof SealError)) throw cause;
    throw new SealError(
      'the sealed keys do not open: the passphrase or key is another one, or the file was changed',
      { cause },
    );
  }
}

/** What is in the open is bound to what is sealed. */
function nameOf({ type, version, keyIds, derivation }: SealedHead): string {
  const { kind } = derivation;
  const how = kind === 'scrypt' ? [kind, derivation.N, derivation.r, derivation.p, derivation.salt] : [kind];
  return JSON.stringify([type, version, keyIds, how]);
}

function sealKeyOf(secret: SealSecret, salt: string): Promise<Uint8Array> {
  if ('sealKey' in secret) return Promise.resolve(deriveFrom(secret.sealKey, 'sealed keys'));
  const { N, r, p } = COST;
  return new Promise((resolve, reject) => {
    const options = { N, r, p, maxmem: 256 * N * r };
    // One passphrase is written in several ways by keyboards.
    scrypt(secret.passphrase.normalize('NFKC'), Buffer.from(salt, 'base64url'), 32, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
