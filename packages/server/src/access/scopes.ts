/** What an API key may do. `admin` includes none of the others. */
export const SCOPES = ['sample', 'detect', 'scan', 'trace', 'admin'] as const;
/** One of {@link SCOPES}. */
export type Scope = (typeof SCOPES)[number];

/**
 * Who may call a route: `open` for everybody, a scope for API keys that have it, or `public-detect` for keys with the scope
 * `detect` and, in the public tier, for everybody.
 */
export type Access = 'open' | 'public-detect' | Scope;

/** Who calls. */
export interface Caller {
  /** Public id of the API key. */
  readonly apiKeyId: string;
  /** Whose scans and detections the key sees; keys of one tenant share theirs. */
  readonly tenant: string;
  readonly scopes: readonly Scope[];
}
