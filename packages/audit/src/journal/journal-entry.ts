import { z } from 'zod';
import { Terms } from '../terms/audit-terms.ts';

const Tokens = z.int().min(0);

/** The first line: what was fixed, and the digest of it. */
export const Header = z.strictObject({
  kind: z.literal('audit-journal'),
  version: z.literal(1),
  digest: z.string(),
  terms: Terms,
});

/** Written before a request is sent: what it may cost at most. */
const Ask = z.strictObject({
  kind: z.literal('ask'),
  request: z.int().min(0),
  answer: z.int().min(0),
  input: Tokens,
  output: Tokens,
});

const Answer = z.strictObject({
  kind: z.literal('answer'),
  request: z.int().min(0),
  answer: z.int().min(0),
  input: Tokens,
  output: Tokens,
  /** The model, as the endpoint names it. */
  model: z.string().optional(),
  finish: z.string().optional(),
  isRefusal: z.boolean(),
  /** A record as `audit` reads it. */
  record: z.unknown(),
});

/** A request that failed; what it cost, where that is known. */
const Failed = z.strictObject({
  kind: z.literal('failed'),
  request: z.int().min(0),
  answer: z.int().min(0),
  why: z.string(),
  input: Tokens.optional(),
  output: Tokens.optional(),
});

const GivenUp = z.strictObject({ kind: z.literal('given-up'), answer: z.int().min(0), why: z.string() });

const End = z.strictObject({ kind: z.literal('end'), how: z.enum(['complete', 'budget', 'e-value']) });

/** The schema of every line but the first. */
export const Entry = z.discriminatedUnion('kind', [Ask, Answer, Failed, GivenUp, End]);

/** A line of a journal. */
export type JournalEntry = Readonly<z.output<typeof Entry>>;

/** An answer as it was written. */
export type JournalAnswer = Readonly<z.output<typeof Answer>>;

/** How an audit came to its end. */
export type AuditEnd = z.output<typeof End>['how'];
