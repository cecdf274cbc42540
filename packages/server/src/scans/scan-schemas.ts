/** What requests for scans and their answers look like. */
import { FORMATS } from '@countermark/corpus';
import { z } from 'zod';
import { listOf } from '../http/list-schema.ts';
import { Instant, KeptText, KeyId } from '../http/schemas.ts';

const MIB = 2 ** 20;
const ACCOUNT_BYTES = 256;

const field = KeptText.min(1).max(200);
const level = (number: z.ZodNumber): z.ZodNumber => number.gt(0).lt(1);

function optionsOf(number: z.ZodNumber, flag: z.ZodType<boolean>) {
  return {
    alpha: level(number).optional().describe('level of the verdict on the corpus (default 1e-6)'),
    falseDiscoveryRate: level(number)
      .optional()
      .describe('expected share of false ones among the documents called detected (default 1e-3)'),
    minTokens: number
      .int()
      .min(1)
      .optional()
      .describe('documents with fewer scored tokens are inconclusive (default 50)'),
    normalization: z
      .enum(['none', 'invisible', 'invisible-and-homoglyphs'])
      .optional()
      .describe('what is removed from texts first (default invisible)'),
    windowTokens: number
      .int()
      .min(0)
      .optional()
      .describe(
        'documents of at least so many tokens are tested by windows as well; 0 for none (default 1024)',
      ),
    sample: number.gt(0).max(1).optional().describe('scan a random share of the shards'),
    decoys: number.int().min(1).max(100).optional().describe('compare each key with so many random keys'),
    seed: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hex digits')
      .optional()
      .describe('where random choices come from (default: fresh)'),
    shardBytes: number
      .int()
      .min(MIB)
      .max(1024 * MIB)
      .optional()
      .describe('size of a shard (default 64 MiB)'),
    format: z.enum(FORMATS).optional().describe('what the files are, if not what they look like'),
    field: field.optional().describe('the field with the text or the chat, if not what it looks like'),
    idsField: field.optional().describe('the field with token ids'),
    acceptCoverage: flag
      .optional()
      .describe('whether to go on where most of the text is left out (default false: such a scan fails)'),
    idField: field.optional().describe("the field with a record's own id"),
    textSplit: z
      .enum(['file', 'lines', 'blank-lines'])
      .optional()
      .describe('what a document is in a .txt file (default file)'),
    endOfText: number.int().min(0).optional().describe('the token id that ends a document in a .bin file'),
  };
}

/** Options of a scan, as JSON. */
const ScanOptions = z
  .strictObject({
    ...optionsOf(z.number(), z.boolean()),
    fields: listOf(field)
      .min(1)
      .max(100)
      .optional()
      .describe('several fields with answers, each a document; [] stands for every element of a list'),
    roles: listOf(field)
      .min(1)
      .max(20)
      .optional()
      .describe("whose turns of a chat are read (default the assistant's)"),
    idBytes: z
      .union([z.literal(2), z.literal(4)])
      .optional()
      .describe('bytes of a token id in a .bin file'),
  })
  .meta({ id: 'ScanOptions' });

/** The same in a query, with the keys. */
export const ScanQuery = z.strictObject({
  ...optionsOf(
    z.coerce.number() as unknown as z.ZodNumber,
    z.enum(['true', 'false']).transform((value) => value === 'true') as unknown as z.ZodType<boolean>,
  ),
  fields: commaSeparated(field)
    .optional()
    .describe('several fields with answers, separated by commas; each is a document'),
  roles: commaSeparated(field)
    .optional()
    .describe("whose turns of a chat are read, separated by commas (default the assistant's)"),
  idBytes: z
    .enum(['2', '4'])
    .transform((value) => (value === '2' ? 2 : 4))
    .optional(),
  keyIds: commaSeparated(KeyId).optional().describe('separated by commas (default all keys)'),
});

function commaSeparated(part: z.ZodString) {
  return z
    .string()
    .transform((value) => value.split(','))
    .pipe(listOf(part).min(1).max(1000));
}

/** A scan of what lies where the server can read it. */
export const NewScan = z
  .strictObject({
    inputs: listOf(KeptText.min(1).max(4096))
      .min(1)
      .max(1000)
      .describe(
        'absolute paths of files and directories, and https:// addresses, below COUNTERMARK_SCAN_ROOTS',
      ),
    keyIds: listOf(KeyId).min(1).max(1000).optional().describe('default all keys'),
    options: ScanOptions.default({}),
    accounts: z
      .strictObject({
        ids: listOf(
          KeptText.min(1).refine((id) => id.trim() !== '' && Buffer.byteLength(id) <= ACCOUNT_BYTES, {
            message: `must be 1 to ${ACCOUNT_BYTES} bytes`,
          }),
        )
          .min(1)
          .optional()
          .describe('accounts to compare detected documents with; either these or `registered`'),
        registered: z
          .literal(true)
          .optional()
          .describe(
            'all accounts that are registered when the scan is merged, and as issued all that ever were',
          ),
        issued: z.int().min(1).optional().describe('accounts ever issued, if more than are listed'),
        alpha: level(z.number())
          .default(1e-3)
          .describe('probability of naming any innocent account, fixed beforehand'),
      })
      .refine(({ ids, registered }) => (ids === undefined) !== (registered === undefined), {
        error: 'expected either "ids" or "registered"',
      })
      .describe('accounts to compare detected documents with; needs the scope `trace`')
      .optional(),
  })
  .meta({ id: 'NewScan' });

/** What either way of asking says. */
export type ScanWishes = z.output<typeof ScanOptions>;

/** How far a scan is. */
const Progress = z
  .strictObject({
    shards: z.int(),
    finished: z.int().describe('shards whose part is there'),
    documents: z.int(),
    tokens: z.int(),
    bytes: z.int(),
    totalBytes: z.int().describe('of all shards whose size is known'),
    strong: z.int().describe('documents with p ≤ 1e-6 so far, uncorrected'),
    failed: z.int().describe('records that could not be read, of finished shards'),
  })
  .meta({ id: 'ScanProgress' });

/** A scan. */
export const ScanSchema = z
  .strictObject({
    object: z.literal('scan'),
    id: z.uuid(),
    status: z
      .enum(['queued', 'planning', 'scanning', 'merging', 'done', 'failed', 'cancelled'])
      .describe('the last three are ends'),
    verdict: z.string().nullable().describe('of a scan that is done: detected, not-detected or inconclusive'),
    problem: z.string().nullable().describe('why it failed'),
    inputs: z.array(z.string()).describe('what is scanned, or the names of what was uploaded'),
    keyIds: z.array(KeyId),
    progress: Progress,
    created: Instant,
    started: Instant.nullable(),
    ended: Instant.nullable(),
  })
  .meta({ id: 'Scan' });

/** A page of scans. */
export const ScanList = z
  .strictObject({
    object: z.literal('list'),
    data: z.array(ScanSchema),
    next: z.string().nullable().describe('`after` of the next page; null on the last'),
  })
  .meta({ id: 'ScanList' });
