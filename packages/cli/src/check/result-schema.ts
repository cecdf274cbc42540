/** The JSON that `detect --format json` prints, as somebody else may have written it: nothing unknown, nothing without a bound. */
import type { Detection, Finding, TupleEvidence } from '@countermark/detector';
import { faultInWords } from '@countermark/watermark';
import { z } from 'zod';

/** Most scored tuples, and most keys, of a result that is read. */
const MOST_TUPLES = 1_000_000;
const MOST_KEYS = 1000;
/** Most parts, each of which is compared with those that are found again. */
const MOST_REGIONS = 10_000;
/** What the exact tails take. */
const MOST_TOKENS = 1e9;
/** Of a message: names in a hostile file may have any length. */
const MOST_CHARACTERS = 300;

const Count = z.int().min(0).max(MOST_TOKENS);
const Name = z.string().max(4096);
const KeyId = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lowercase hex digits');
const Hex64 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hex digits');
const Verdict = z.enum(['detected', 'not-detected', 'inconclusive']);
const Span = z.strictObject({ start: Count, end: Count });

const AccountSlots = z.strictObject({
  accounts: z.int().min(1),
  issued: z.int().min(1),
  scored: Count,
  sum: z.number(),
  log10RawPValue: z.number(),
  log10PValue: z.number(),
  log10EValue: z.number(),
});

const keyMembers = {
  verdict: Verdict,
  log10PValue: z.number(),
  log10RawPValue: z.number(),
  log10EValue: z.number(),
  scored: Count,
  total: Count,
  duplicates: Count,
  otherSlots: Count,
  withoutContext: Count,
  unkeyed: Count,
  basis: z.enum(['law', 'layers', 'rank']),
  keyBits: z.number(),
  log10LeastPValue: z.number(),
  statistic: z.strictObject({
    scheme: z.enum(['gumbel', 'green-list', 'tournament']),
    sum: z.number(),
    mean: z.number(),
    nullMean: z.number(),
    zScore: z.number(),
  }),
  params: Hex64,
  keyId: KeyId,
  commitment: Hex64.exactOptional(),
  tokenizer: z.strictObject({ name: Name, fingerprint: Hex64 }).exactOptional(),
  profile: Name.exactOptional(),
  caution: Name.exactOptional(),
  regions: z
    .array(
      z.strictObject({
        tokens: Span,
        characters: Span.exactOptional(),
        scored: Count,
        log10PValue: z.number(),
      }),
    )
    .max(MOST_REGIONS)
    .exactOptional(),
  accountSlots: AccountSlots.exactOptional(),
  weighted: z
    .strictObject({
      source: z.enum(['known', 'proxy']),
      weighed: Count,
      logLikelihoodRatio: z.number(),
      log10PValue: z.number(),
      log10PlainPValue: z.number(),
    })
    .exactOptional(),
  decoys: z
    .strictObject({
      count: Count,
      atLeastAsStrong: Count,
      log10RankPValue: z.number(),
      belowOnePercent: Count,
      log10AlarmPValue: z.number(),
      alarm: z.boolean(),
      seed: Hex64.exactOptional(),
    })
    .exactOptional(),
  rank: z
    .strictObject({
      drawn: Count,
      planned: Count,
      atLeastAsStrong: Count,
      log10RankPValue: z.number(),
      seed: Hex64,
    })
    .exactOptional(),
  layerLaw: z.strictObject({ shifts: Count, layers: Count }).exactOptional(),
  layerKeys: z.strictObject({ count: Count, seed: Hex64 }).exactOptional(),
};

const Software = z.strictObject({
  countermark: Name,
  node: Name.exactOptional(),
  icu: Name.exactOptional(),
  unicode: Name.exactOptional(),
  textUnicode: Name,
});

/** A result as `detect` prints it. */
const ResultJson = z.strictObject({
  object: z.literal('detection'),
  ...keyMembers,
  pValue: z.number(),
  alpha: z.number().gt(0).lt(1),
  minTokens: z.int().min(1),
  settings: z.strictObject({
    alpha: z.number().gt(0).lt(1),
    minTokens: z.int().min(1),
    dedup: z.enum(['context-token', 'none']),
    normalization: z.enum(['none', 'invisible', 'invisible-and-homoglyphs']),
    regions: z.boolean(),
    decoys: Count,
    permutations: Count,
    keys: z.int().min(1).max(MOST_KEYS),
    accounts: z.strictObject({ listed: z.int().min(1), issued: z.int().min(1) }).exactOptional(),
  }),
  tests: z.int().min(1),
  corrections: z
    .array(
      z.strictObject({
        method: z.enum(['bonferroni', 'holm', 'benjamini-hochberg']),
        over: z.enum(['windows', 'accounts', 'keys', 'documents', 'tests']),
        tests: z.int().min(1),
      }),
    )
    .max(6),
  log10QValue: z.number().exactOptional(),
  normalization: z
    .array(
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
    )
    .max(16),
  keys: z.array(z.strictObject(keyMembers)).min(1).max(MOST_KEYS),
  software: Software.exactOptional(),
  finding: z
    .strictObject({
      version: z.literal(1),
      object: z.enum(['detection', 'account-trace', 'corpus-scan']),
      nullHypothesis: Name,
      level: z.number().gt(0).lt(1),
      software: Software,
      keys: z
        .array(
          z.strictObject({
            keyId: KeyId,
            params: Hex64,
            commitment: Hex64.exactOptional(),
            profile: Name.exactOptional(),
          }),
        )
        .min(1)
        .max(MOST_KEYS),
      inputs: z
        .array(
          z.strictObject({
            name: Name.exactOptional(),
            kind: z.enum(['text', 'token-ids', 'scan-manifest']),
            sha256: Hex64,
          }),
        )
        .min(1)
        .max(1),
    })
    .exactOptional(),
  evidence: z
    .strictObject({
      keyId: KeyId,
      // Parsed by the library, which names the field that is wrong.
      parameters: z.unknown(),
      tokens: Hex64,
      positions: z.array(Count).max(MOST_TUPLES),
      words: z
        .array(
          z
            .int()
            .min(0)
            .max(2 ** 32 - 1),
        )
        .max(MOST_TUPLES),
    })
    .exactOptional(),
  input: Name.exactOptional(),
});

/** What a result is read as. */
export interface ResultFile {
  readonly result: Detection;
  /** With parameters that were not looked at. */
  readonly evidence: (Omit<TupleEvidence, 'parameters'> & { readonly parameters?: unknown }) | undefined;
  readonly input: string | undefined;
  readonly finding: Finding | undefined;
}

/**
 * Reads a result.
 *
 * @param value parsed JSON.
 * @returns the result, or where and how it is none.
 */
export function parseResult(value: unknown): ResultFile | { readonly fault: string } {
  const parsed = ResultJson.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue === undefined || issue.path.length === 0 ? 'the result' : issue.path.join('.');
    const fault = `${place}: ${issue === undefined ? 'is none' : faultInWords(issue, true)}`;
    return { fault: fault.length > MOST_CHARACTERS ? `${fault.slice(0, MOST_CHARACTERS)} …` : fault };
  }
  const { evidence, input, software, finding, ...result } = parsed.data;
  if (finding !== undefined && JSON.stringify(finding.software) !== JSON.stringify(software)) {
    return { fault: 'finding.software: is not what "software" says' };
  }
  return { result, evidence, input, finding };
}
