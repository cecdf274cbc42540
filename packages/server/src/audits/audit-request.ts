import type { AuditWishes, EndpointWishes } from '@countermark/audit';

/** What an audit is asked to be, kept with it. Holds no secret: how the endpoint is reached is sealed beside it. */
export interface AuditRequest {
  readonly keyId: string;
  readonly test: AuditWishes;
  /** Without the whole address. */
  readonly endpoint: Omit<EndpointWishes, 'access' | 'address'> & {
    /** Without its query. */
    readonly address: string;
  };
  /** Number of prompts, which are in a file of the audit's directory. */
  readonly prompts: number;
  /** Requests at once. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** Path of the set of contexts that count alone. */
  readonly served?: string;
  /** Digest of the terms that were fixed elsewhere beforehand. */
  readonly plan?: string;
}

/** How far an audit is. */
export interface AuditProgress {
  /** Answers that are wanted. */
  readonly answers: number;
  /** Answers that were counted, or given up. */
  readonly settled: number;
  readonly spent: {
    readonly requests: number;
    readonly input: number;
    readonly output: number;
    /** By the prices given; null without. */
    readonly cost: number | null;
  };
  /** Null where it says nothing before the end, or nothing was counted. */
  readonly log10EValue: number | null;
}

/** Returns the progress of an audit that nobody was asked for yet. */
export function noProgress(answers: number): AuditProgress {
  return { answers, settled: 0, spent: { requests: 0, input: 0, output: 0, cost: null }, log10EValue: null };
}
