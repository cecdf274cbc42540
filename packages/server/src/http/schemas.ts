/** Schemas that several routes share. Each `id` is a component of the OpenAPI document. */
import { z } from 'zod';

/** A vendor key's public id. */
export const KeyId = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'must be 32 lowercase hex digits')
  .meta({ description: 'Public id of a key.', example: '9eff838e8f67258af1deadb6ddfc7723' });

/** A text that a database keeps as it is: no half of a character, and no U+0000. */
export const KeptText = z
  .string()
  .refine((text) => !/[\0\p{Surrogate}]/u.test(text), 'must be well-formed Unicode without U+0000');

/** A text in a column of its own: the embedded database's reader takes U+FEFF before it for a byte order mark, and leaves it out. */
export const KeptName = KeptText.refine((text) => !text.startsWith('\uFEFF'), 'must not begin with U+FEFF');

/** A vendor key's label. */
export const KeyLabel = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1 to 64 of a-z, 0-9, ".", "_" and "-"')
  .describe('what the key is for; one key of a label is active');

/** An API key's public id. */
export const ApiKeyId = z
  .string()
  .regex(/^[0-9a-f]{12}$/, 'must be 12 lowercase hex digits')
  .meta({ description: 'Public id of an API key.', example: '0123456789ab' });

/** The name of a tenant. */
export const Tenant = KeptName.min(1).max(128);

// Databases and JavaScript write years of other lengths in ways of their own, and offsets of a day or more are none.
const FIRST_TIME = Date.UTC(1970, 0, 1);
const LAST_TIME = Date.UTC(9999, 11, 31);

/** A time that a client gives, of the years 1970 to 9999. */
export const GivenTime = z.iso
  .datetime({ offset: true })
  .refine(
    (text) => Date.parse(text) >= FIRST_TIME && Date.parse(text) <= LAST_TIME,
    'must be of 1970 to 9999',
  )
  .transform((text) => new Date(text));

/** When something happened. */
export const Instant = z.iso.datetime().meta({ description: 'RFC 3339, UTC.' });

/** Id of a result that was given to others: the result itself, sealed. */
export const SharedId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{60,400}$/, 'must be 60 to 400 letters of base64url')
  .meta({ description: 'Id of a result of the public tier.' });

/** How a scheme is chosen. */
export const SchemeSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('gumbel') }),
    z.strictObject({
      kind: z.literal('green-list'),
      gamma: z.number().gt(0).lt(1).default(0.25).describe('green share of the vocabulary'),
      delta: z.number().gt(0).max(100).default(2).describe('bias of green tokens, nats'),
    }),
    z.strictObject({
      kind: z.literal('tournament'),
      depth: z.int().min(1).max(30).default(30).describe('layers'),
    }),
  ])
  .meta({ id: 'Scheme' });

/** Public parameters, as the library has checked them. */
export const ParamsSchema = z
  .strictObject({
    version: z.literal(1),
    tokenizer: z.strictObject({
      name: z.string(),
      vocabSize: z.int().min(1),
      fingerprint: z.string(),
    }),
    contextWidth: z.int().min(1).max(15),
    commonShare: z.number().min(0).max(1),
    accountShare: z.number().min(0).max(1),
    codeLength: z.int().min(1),
    scheme: SchemeSchema,
  })
  .meta({ id: 'Params', description: 'Public parameters of a key: docs/spec.md.' });
