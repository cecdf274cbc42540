import { createHash } from 'node:crypto';
import { canonicalJson } from '@countermark/watermark/scheme';
import { z } from 'zod';

const Digest = z.string().regex(/^[0-9a-f]{64}$/);
const Count = z.int().min(1);
const Amount = z.number().nonnegative();

const Budget = z.strictObject({
  requests: Count,
  /** Read and written. */
  tokens: Count.optional(),
  /** In the currency of the prices. */
  cost: Amount.optional(),
  /** For a million tokens that the endpoint reads. */
  priceInput: Amount.optional(),
  /** For a million tokens that it writes. */
  priceOutput: Amount.optional(),
});

/** How much an audit may ask of an endpoint. */
export type AuditBudget = Readonly<z.output<typeof Budget>>;

const Endpoint = z.strictObject({
  /** Without its query. */
  address: z.string(),
  /** SHA-256 of the whole address. */
  addressDigest: Digest,
  model: z.string().min(1),
  api: z.enum(['chat', 'completions']),
  readBy: z.enum(['echo', 'prompt-logprobs']).optional(),
  prompts: z.strictObject({ sha256: Digest, count: Count }),
  answers: Count,
  temperature: z.number().nonnegative(),
  maxTokens: Count,
  seed: z.int().optional(),
  logprobs: z.int().min(0),
  budget: Budget,
});

/** How an endpoint is asked. */
export type EndpointTerms = Readonly<z.output<typeof Endpoint>>;

/** The schema of {@link AuditTerms}. */
export const Terms = z.strictObject({
  keyId: z.string(),
  /** Fingerprint of the key's parameters. */
  params: z.string(),
  access: z.enum(['answers', 'reading']),
  /** What counts: tokens drawn, the probabilities of an endpoint, or whatever the records of files have. */
  statistic: z.enum(['drawn', 'probabilities', 'as-recorded']),
  alpha: z.number().gt(0).lt(1),
  minContexts: Count,
  decoys: z.int().min(0),
  /** Whether the audit ends where its e-value reaches 1/alpha. */
  mayStop: z.boolean(),
  /** SHA-256 of files whose contexts do not count, in rising order. */
  excluded: z.array(Digest),
  /** Digest of the set of served contexts that the audit is restricted to. */
  filter: Digest.optional(),
  endpoint: Endpoint.optional(),
});

/** Everything about an audit that is fixed before its first answer. */
export type AuditTerms = Readonly<z.output<typeof Terms>>;

/** SHA-256 of the canonical JSON (RFC 8785) of what was fixed, 64 hex digits. */
export function termsDigest(terms: AuditTerms): string {
  // Optional members that are undefined are none.
  return createHash('sha256')
    .update(canonicalJson(JSON.parse(JSON.stringify(terms))))
    .digest('hex');
}

/** Lists what differs between two audits, as `endpoint.model: "a" was fixed, and it is "b"`. */
export function differencesOf(fixed: AuditTerms, now: AuditTerms): string[] {
  const before = leavesOf(fixed);
  const after = leavesOf(now);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .map(
      (name) => `${name}: ${before.get(name) ?? 'none'} was fixed, and it is ${after.get(name) ?? 'none'}`,
    );
}

function leavesOf(value: object, path = ''): Map<string, string> {
  return new Map(
    Object.entries(value).flatMap(([name, member]): [string, string][] => {
      if (member === undefined) return [];
      const isGroup = typeof member === 'object' && member !== null && !Array.isArray(member);
      return isGroup
        ? [...leavesOf(member as object, `${path}${name}.`)]
        : [[`${path}${name}`, JSON.stringify(member)]];
    }),
  );
}
