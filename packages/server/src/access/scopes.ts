/** What an API key may do. `admin` includes none of the others. */
export const SCOPES = ['sample', 'engine', 'detect', 'scan', 'audit', 'trace', 'accounts', 'admin'] as const;
/** One of {@link SCOPES}. */
export type Scope = (typeof SCOPES)[number];

/** What each scope lets the holder of an API key do, and for whom it is. */
export const SCOPE_MEANINGS: Readonly<Record<Scope, string>> = {
  sample: 'have completions generated, marked for the tenant of the API key; for customers',
  engine: 'have tokens chosen and marked for any account; for your own engines, never for customers',
  detect: 'test texts and token ids, for every key and without a budget',
  scan: 'submit corpora and read their results',
  audit:
    'have the server ask models of others whether they were trained on marked text, within a budget, and read what came of it',
  trace: 'ask which accounts a text names',
  accounts: 'register, list and remove accounts',
  admin:
    'make, rotate, retire, publish, archive, import and export vendor keys, make and revoke API keys of any scope, read the audit log and back up',
};

/**
 * Who may call a route: `open` for everybody, a scope for API keys that have it, or `public-detect` for keys with the scope
 * `detect` and, in the public tier, for everybody; or `marking` for API keys that have text marked, whichever way.
 */
export type Access = 'open' | 'public-detect' | 'marking' | Scope;

/** Returns the scopes of which an API key needs one. */
export function scopesOf(access: Exclude<Access, 'open'>): readonly [Scope, ...Scope[]] {
  if (access === 'public-detect') return ['detect'];
  return access === 'marking' ? ['sample', 'engine'] : [access];
}

/** Who calls. */
export interface Caller {
  /** Public id of the API key. */
  readonly apiKeyId: string;
  /** Whose scans, audits and detections the key sees, and which account its completions are marked for; keys of one tenant share theirs. */
  readonly tenant: string;
  readonly scopes: readonly Scope[];
}
