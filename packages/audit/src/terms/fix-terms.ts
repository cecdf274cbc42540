import type { AuditTerms, EndpointTerms } from './audit-terms.ts';

/** How an audit is to be, whatever is audited. */
export type AuditWishes = Pick<AuditTerms, 'access' | 'alpha' | 'minContexts' | 'decoys' | 'mayStop'>;

/** What else is fixed, by its SHA-256. */
export interface FixedFiles {
  /** Of files whose contexts do not count. */
  readonly excluded: readonly string[];
  /** Of the set of served contexts, if only these count. */
  readonly filter?: string | undefined;
}

/**
 * Returns everything that is fixed about an audit, before anybody is asked.
 *
 * @throws {RangeError} if the level is none.
 */
export function fixTerms(
  { keyId, fingerprint }: { readonly keyId: string; readonly fingerprint: string },
  { access, alpha, minContexts, decoys, mayStop }: AuditWishes,
  { excluded, filter }: FixedFiles,
  endpoint?: EndpointTerms,
): AuditTerms {
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`"alpha" expected 0 < alpha < 1, got ${alpha}`);
  return {
    keyId,
    params: fingerprint,
    access,
    statistic: endpoint === undefined ? 'as-recorded' : endpoint.logprobs > 0 ? 'probabilities' : 'drawn',
    alpha,
    minContexts,
    decoys,
    mayStop,
    excluded: excluded.toSorted(),
    ...(filter === undefined ? {} : { filter }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}
