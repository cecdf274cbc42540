import { type AccountIds, AccountTracer } from '@countermark/detector';
import type { WatermarkKey } from '@countermark/watermark';
import type { ScanSummary } from './scan-summary.ts';
import type { StrongDocument } from './strongest.ts';

/** Accounts that documents are compared with. */
export interface AccountList {
  readonly accounts: AccountIds;
  /** Accounts ever issued, at least as many as are listed. */
  readonly issued: number;
  /** Probability of naming any innocent account. */
  readonly alpha: number;
}

/** What tracing a corpus's detected documents under one key shows. */
export interface CorpusTrace {
  readonly summary: Omit<NonNullable<ScanSummary['accounts']>[number], 'left'>;
  /** The account that each document names by itself, if one does: the strongest. */
  readonly accountOf: ReadonlyMap<StrongDocument, string>;
}

/**
 * Names the accounts that detected documents came from, each by itself and all as one.
 *
 * Documents were chosen by their common slots alone, which no account's code has a part in, so the bound on naming an innocent
 * account holds for the chosen ones as for any: docs/statistics.md, "Which account".
 *
 * @param documents detected ones under this key.
 * @param keys      keys that are traced; the level is shared among them.
 */
export function traceAccounts(
  key: WatermarkKey,
  documents: readonly StrongDocument[],
  { accounts, issued, alpha }: AccountList,
  keys: number,
): CorpusTrace {
  const level = alpha / keys;
  const base = { keyId: key.keyId, alpha: level, accounts: accounts.length, issued };
  const accountOf = new Map<StrongDocument, string>();
  if (documents.length === 0) return { summary: { ...base, documents: 0, named: [] }, accountOf };
  const tracer = new AccountTracer(key, { alpha: level });
  try {
    for (const { lead } of documents) tracer.addTurns(lead.tokenIds);
    const traces = tracer.trace(accounts, { issued });
    const found = new Map<string, { log10PValue: number; scope: 'pooled' | 'document'; documents: number }>();
    for (const [i, { named }] of traces.documents.entries()) {
      const document = documents[i];
      if (document !== undefined && named[0] !== undefined) accountOf.set(document, named[0].account);
      for (const { account, log10PValue } of named) {
        const before = found.get(account);
        const strongest = Math.min(log10PValue, before?.log10PValue ?? 0);
        found.set(account, {
          log10PValue: strongest,
          scope: 'document',
          documents: 1 + (before?.documents ?? 0),
        });
      }
    }
    for (const { account, log10PValue } of traces.pooled?.named ?? []) {
      const before = found.get(account);
      if (before !== undefined && before.log10PValue <= log10PValue) continue;
      found.set(account, { log10PValue, scope: 'pooled', documents: before?.documents ?? 0 });
    }
    const named = [...found]
      .map(([account, rest]) => ({ account, ...rest }))
      .sort((a, b) => a.log10PValue - b.log10PValue || (a.account < b.account ? -1 : 1));
    return { summary: { ...base, documents: documents.length, named }, accountOf };
  } finally {
    tracer.close();
  }
}
