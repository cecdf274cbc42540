import { z } from 'zod';
import { AuditError } from '../audit-error.ts';
import { type AuditTerms, differencesOf, Terms, termsDigest } from './audit-terms.ts';

const Plan = z.strictObject({
  object: z.literal('audit-plan'),
  version: z.literal(1),
  /** SHA-256 of the canonical JSON of `terms`. */
  digest: z.string(),
  terms: Terms,
});

/** Formats a plan: what is fixed before the first answer, with its digest. */
export function formatAuditPlan(terms: AuditTerms): string {
  const plan: z.output<typeof Plan> = { object: 'audit-plan', version: 1, digest: termsDigest(terms), terms };
  return `${JSON.stringify(plan, undefined, 2)}\n`;
}

/**
 * Reads a plan.
 *
 * @throws {AuditError} `plan-damaged` if it is none, or its digest is not that of its terms.
 */
export function parseAuditPlan(text: string): AuditTerms {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AuditError('plan-damaged', 'it is no plan of an audit: no JSON', { cause });
  }
  const { success, data, error } = Plan.safeParse(value);
  if (!success) {
    const [issue] = error.issues;
    throw new AuditError(
      'plan-damaged',
      `it is no plan of an audit: "${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}`,
    );
  }
  if (termsDigest(data.terms) !== data.digest) {
    throw new AuditError('plan-damaged', 'its digest is not that of its terms: it was changed');
  }
  return data.terms;
}

/**
 * Checks that an audit is the one that was planned.
 *
 * @throws {AuditError} `plan-differs` naming what differs.
 */
export function checkPlanned(planned: AuditTerms, terms: AuditTerms): void {
  const details = differencesOf(planned, terms);
  if (details.length > 0)
    throw new AuditError('plan-differs', 'the audit is not the one that was planned', { details });
}
