import { type Access, type Caller, type Scope, scopesOf } from '../access/scopes.ts';
import { apiKeyIsMissing, Problem } from '../http/problem.ts';
import type { ApiKeys } from '../store/api-keys.ts';

/**
 * Finds who calls, and whether they may.
 *
 * @param authorization the header of this name.
 * @param isPublic      whether the public tier is on.
 * @returns the caller; undefined for somebody without an API key where that is allowed.
 * @throws {Problem} `unauthorized` without a valid API key, `forbidden` without its scope.
 */
export async function authorize(
  authorization: string | undefined,
  access: Access,
  apiKeys: ApiKeys,
  isPublic: boolean,
): Promise<Caller | undefined> {
  if (access === 'open') return undefined;
  const token = bearerToken(authorization);
  if (token === undefined) {
    if (access === 'public-detect' && isPublic) return undefined;
    throw apiKeyIsMissing();
  }
  const caller = await apiKeys.authenticate(token);
  if (caller === undefined) throw new Problem('unauthorized', 'the API key is unknown, expired or revoked');
  const scopes = scopesOf(access);
  if (!scopes.some((scope) => caller.scopes.includes(scope))) {
    throw new Problem('forbidden', lackOf(scopes[0], caller));
  }
  return caller;
}

/** Says which scope a caller lacks, and to an engine of an earlier release what to do. */
function lackOf(scope: Scope, { scopes }: Caller): string {
  const lack = `the API key lacks the scope "${scope}"`;
  if (scope !== 'engine' || !scopes.includes('sample')) return lack;
  return `${lack}: the scope "sample" opens completions only, which are marked for the key's own tenant; make a key for the engine with "countermark api-keys create --scope engine"`;
}

function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const [, token] = /^Bearer +([^\s]+)$/i.exec(header) ?? [];
  if (token === undefined)
    throw new Problem('unauthorized', '"Authorization" must be "Bearer" and an API key: "Bearer cmk_…"');
  return token;
}
