/** Detections as they are asked for and answered: the JSON that `countermark detect` and `trace` print, and more on request. */
import { z } from 'zod';
import { listOf } from '../http/list-schema.ts';
import { GivenTime, Instant, KeyId, SharedId } from '../http/schemas.ts';
import { STRENGTHS } from '../public-tier/public-detection.ts';
import { SlotAccounts, TracedAccounts } from './account-schemas.ts';

const Alpha = z.number().gt(0).lt(1);

const isTokenId = (id: unknown): id is number => typeof id === 'number' && id >>> 0 === id;

/** How texts are normalised. */
const NormalizationSchema = z
  .enum(['none', 'invisible', 'invisible-and-homoglyphs'])
  .default('invisible')
  .describe('what is removed from the text first');

/** What `POST /v1/detections` takes. */
export const NewDetection = z
  .strictObject({
    text: z.string().optional().describe('the document; either this or `tokenIds`'),
    tokenIds: listOf(z.int().min(0).max(0xffff_ffff), isTokenId)
      .optional()
      .describe("the document, as ids of the keys' tokenizer"),
    keyIds: listOf(KeyId)
      .min(1)
      .refine((ids) => new Set(ids).size === ids.length, { error: 'must be different' })
      .optional()
      .describe('keys to test for (default all; in the public tier all public ones)'),
    written: z
      .strictObject({
        from: GivenTime.optional().describe('not before'),
        until: GivenTime.optional().describe('not after'),
      })
      .optional()
      .describe(
        'when the document was written, known from elsewhere: without `keyIds`, only keys that marked at that time are tested for',
      ),
    alpha: Alpha.optional().describe('false-positive rate, fixed beforehand (default 1e-6)'),
    minTokens: z.int().min(1).optional().describe('fewer scored tokens are inconclusive (default 50)'),
    normalization: NormalizationSchema,
    regions: z.boolean().optional().describe('whether the parts with the mark are located'),
    tokens: z.boolean().optional().describe('whether each token is described'),
    curve: z.boolean().optional().describe('whether the growth of the evidence is described'),
    accounts: TracedAccounts.optional(),
    accountSlots: SlotAccounts.optional(),
    share: z
      .boolean()
      .optional()
      .describe(
        'whether a result of the public tier gets an address that can be given to others, without the text; only with `text`',
      ),
  })
  .refine(({ text, tokenIds }) => (text === undefined) !== (tokenIds === undefined), {
    error: 'expected either "text" or "tokenIds"',
  })
  .refine(({ text, share }) => share !== true || text !== undefined, {
    error: 'goes with "text"',
    path: ['share'],
  })
  .refine(({ keyIds, written }) => keyIds === undefined || written === undefined, {
    error: 'goes without "keyIds": keys that are named are tested for',
    path: ['written'],
  })
  .refine(({ written: { from, until } = {} }) => from === undefined || until === undefined || from <= until, {
    error: 'must not end before it begins',
    path: ['written', 'until'],
  })
  .meta({ id: 'NewDetection' });
/** What `POST /v1/detections` takes, parsed. */
export type NewDetection = z.output<typeof NewDetection>;

const Verdict = z.enum(['detected', 'not-detected', 'inconclusive']);
const Count = z.int().min(0);
const Log10 = z.number().max(0).describe('log10 of a p-value');
const Hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const Span = z.strictObject({ start: Count, end: Count });
const Characters = Span.describe('UTF-16 code units of the text as it was given');

const Region = z
  .strictObject({
    tokens: Span,
    characters: Characters.optional(),
    scored: Count,
    log10PValue: Log10,
  })
  .meta({ id: 'Region' });

const AccountSlots = z
  .strictObject({
    accounts: z.int().min(1).describe('accounts compared with the document'),
    issued: z.int().min(1).describe('accounts that p-value and e-value are corrected for'),
    scored: Count.describe('account-slot tokens that entered the statistic beside those of common slots'),
    sum: Count.describe('of their scores, under the code that fits best'),
    log10RawPValue: Log10.describe('of common and account slots under that code, before any correction'),
    log10PValue: Log10.describe('corrected for all accounts issued'),
    log10EValue: z.number().describe('log10 of the e-value of common and account slots'),
  })
  .meta({ id: 'AccountSlots', description: 'What account slots add to the common ones. Names no account.' });

const keyDetection = {
  verdict: Verdict,
  log10PValue: Log10.describe(
    'log10 of the p-value, corrected over windows and keys: what the verdict is taken on',
  ),
  log10RawPValue: Log10.describe('before any correction'),
  log10EValue: z.number(),
  scored: Count.describe('tokens that entered the statistic'),
  total: Count.describe('tokens of the document'),
  duplicates: Count,
  otherSlots: Count,
  withoutContext: Count,
  unkeyed: Count.describe(
    "tokens left out because their draw depends on too little of the key: 0 for the server's own keys",
  ),
  basis: z.enum(['law', 'layers', 'rank']).describe('what the p-value rests on'),
  keyBits: z.number().min(0).describe('bits of the key that a text can depend on'),
  log10LeastPValue: Log10.describe('log10 of the least p-value that the test of this key can support'),
  statistic: z.strictObject({
    scheme: z.enum(['gumbel', 'green-list', 'tournament']),
    sum: z.number(),
    mean: z.number(),
    nullMean: z.number(),
    zScore: z.number(),
  }),
  params: z.string().describe("fingerprint of the key's parameters"),
  keyId: KeyId,
  commitment: Hex64.optional().describe(
    'commits to secret and parameters: evidence for others needs it published before the document',
  ),
  tokenizer: z
    .strictObject({ name: z.string(), fingerprint: Hex64 })
    .optional()
    .describe('what cut the text into tokens; absent for token ids'),
  rank: z
    .strictObject({
      drawn: Count,
      planned: Count,
      atLeastAsStrong: Count,
      log10RankPValue: Log10,
      seed: Hex64,
    })
    .optional()
    .describe('the rank that the p-value is, where `basis` is `rank`'),
  layerLaw: z
    .strictObject({ shifts: Count, layers: Count })
    .optional()
    .describe('all keys that a layer can tell apart, and layers tested with them, where `basis` is `layers`'),
  layerKeys: z
    .strictObject({ count: Count, seed: Hex64 })
    .optional()
    .describe("random keys that each layer's own was compared with, where `basis` is `layers` otherwise"),
  regions: z.array(Region).optional(),
  accountSlots: AccountSlots.optional(),
};

const KeyDetection = z.strictObject(keyDetection).meta({ id: 'KeyDetection' });

const Normalizations = z.array(
  z.strictObject({
    kind: z.enum([
      'zero-width',
      'soft-hyphen',
      'variation-selector',
      'bidi-control',
      'tag-character',
      'homoglyph',
    ]),
    count: z.int().min(1),
  }),
);

const Settings = z
  .strictObject({
    alpha: z.number(),
    minTokens: z.int().min(1),
    dedup: z.enum(['context-token', 'none']),
    normalization: z.enum(['none', 'invisible', 'invisible-and-homoglyphs']),
    regions: z.boolean(),
    decoys: Count.describe('random keys that each key was to be ranked among'),
    permutations: Count.describe('random keys that a key was to be ranked among where its p-value is a rank'),
    keys: z.int().min(1).describe('how many keys were tried'),
    accounts: z
      .strictObject({ listed: z.int().min(1), issued: z.int().min(1) })
      .optional()
      .describe('accounts whose slots were read beside the common ones'),
  })
  .meta({ id: 'DetectionSettings', description: 'What was fixed before the document was looked at.' });

const DescribedToken = z
  .strictObject({
    id: Count,
    characters: Characters.optional(),
    status: z.enum(['without-context', 'other-slot', 'duplicate', 'scored']),
    score: z.number().min(0).describe('0 unless scored'),
    log10PValue: Log10.describe('log10 P(one unmarked token scores as much); 0 unless scored'),
  })
  .meta({ id: 'DescribedToken', description: 'A token under the key with the strongest evidence.' });

const EvidencePoint = z.strictObject({ tokens: Count, log10PValue: Log10 }).meta({
  id: 'EvidencePoint',
  description: "The key's own p-value on the first tokens. For reading: only the whole document is the test.",
});

const FindingSchema = z
  .strictObject({
    version: z.literal(1),
    object: z.enum(['detection', 'account-trace']),
    nullHypothesis: z.string().describe('the hypothesis that the p-values are of'),
    level: z.number().describe('the level that was fixed beforehand'),
    software: z.strictObject({
      countermark: z.string(),
      node: z.string().optional(),
      icu: z.string().optional(),
      unicode: z.string().optional(),
      textUnicode: z.string().describe('the version of Unicode by which texts are normalised and cut'),
    }),
    keys: z
      .array(z.strictObject({ keyId: KeyId, params: z.string(), commitment: Hex64.optional() }))
      .min(1)
      .describe('every key that was tested'),
    inputs: z
      .array(z.strictObject({ kind: z.enum(['text', 'token-ids']), sha256: Hex64 }))
      .length(1)
      .describe(
        'the document, by the SHA-256 of its UTF-8 bytes or of its ids as 32-bit little-endian integers',
      ),
  })
  .meta({ id: 'Finding', description: 'What every result begins with.' });

const TracedAccount = z
  .strictObject({
    account: z.string(),
    log10PValue: Log10.describe('corrected for all accounts issued'),
    pValue: z.number().min(0).max(1),
    log10RawPValue: Log10,
    zScore: z.number(),
  })
  .meta({ id: 'TracedAccount' });

const AccountTrace = z
  .strictObject({
    object: z.literal('account-trace'),
    finding: FindingSchema,
    scope: z.literal('document'),
    verdict: z.enum(['named', 'none-named', 'inconclusive']),
    named: z.array(TracedAccount).describe('accounts whose corrected p-value is at most `alpha`'),
    top: z.array(TracedAccount).max(0),
    log10PValue: Log10.describe('of the account with the largest sum, corrected'),
    total: Count,
    scored: Count,
    duplicates: Count,
    otherSlots: Count,
    withoutContext: Count,
    codePositions: Count,
    alpha: z.number(),
    accounts: Count,
    issued: Count,
    documents: z.literal(1),
    tests: Count,
    corrections: z.array(
      z.strictObject({ method: z.literal('bonferroni'), over: z.literal('accounts'), tests: Count }),
    ),
    normalization: Normalizations,
    params: z.string(),
    keyId: KeyId,
  })
  .meta({
    id: 'AccountTrace',
    description:
      'Who may have received the text. A named account is not shown to have sent it; one that is not named is not cleared.',
  });

/** What an API key is answered. */
export const DetectionSchema = z
  .strictObject({
    object: z.literal('detection'),
    finding: FindingSchema,
    ...keyDetection,
    pValue: z.number().min(0).max(1).describe('10^log10PValue, and not below what the key supports'),
    alpha: z.number(),
    minTokens: z.int(),
    settings: Settings,
    tests: z.int().min(1).describe('tests that the verdict is corrected for'),
    corrections: z.array(
      z.strictObject({
        method: z.enum(['bonferroni', 'holm']),
        over: z.enum(['windows', 'accounts', 'tests', 'keys']),
        tests: z.int().min(1),
      }),
    ),
    normalization: Normalizations.describe('what was removed from the text, or replaced'),
    keys: z.array(KeyDetection).min(1),
    untested: z
      .array(
        z.strictObject({
          keyId: KeyId,
          reason: z
            .enum(['archived', 'period', 'limit'])
            .describe(
              'archived, did not mark when the document was written, or more keys than `COUNTERMARK_MAX_KEYS`',
            ),
        }),
      )
      .describe('keys of the server that the document was not tested for; none where keys were named'),
    id: z.string().optional().describe('under which the result can be fetched, where the server keeps it'),
    tokens: z.array(DescribedToken).optional(),
    curve: z.array(EvidencePoint).optional(),
    accounts: AccountTrace.optional(),
  })
  .meta({
    id: 'Detection',
    description:
      'Evidence for the mark of a key, at a level fixed beforehand: docs/statistics.md. `not-detected` does not say that a person wrote the text.',
  });

/** What anybody is answered. */
export const PublicDetectionSchema = z
  .strictObject({
    object: z.literal('public-detection'),
    verdict: Verdict,
    strength: z
      .literal([...STRENGTHS])
      .describe(
        'the corrected p-value is at most ten to the minus this: 6 where the mark is detected, or else 0',
      ),
    minTokens: Count.describe(
      'different runs of tokens that a text needs; a shorter one is `inconclusive`, and not tested',
    ),
    untested: Count.optional().describe(
      'how many public keys the text was not tested for: archived, of another time, or too many; absent for 0',
    ),
    shared: z
      .strictObject({
        id: SharedId,
        path: z.string().describe('where people see the result'),
        expires: Instant.describe('from when on it opens no more'),
      })
      .optional()
      .describe(
        'where the result is seen without the text, if that was asked for and the text is long enough',
      ),
  })
  .meta({ id: 'PublicDetection', description: 'The answer to callers without an API key.' });
