import { SCOPES } from '@countermark/server';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Document, fetchDocument, fillPath, type Operation } from './openapi-document.ts';
import { type PreparedServer, startPreparedServer } from './test-server.ts';

/** Who may call what. Whoever adds a route decides here. */
const DECISIONS: Readonly<
  Record<string, 'open' | 'public-detect' | (typeof SCOPES)[number] | 'sample or engine'>
> = {
  'delete /v1/audits/{id}': 'audit',
  'delete /v1/scans/{id}': 'scan',
  'get /v1/audits': 'audit',
  'get /v1/audits/{id}': 'audit',
  'get /v1/audits/{id}/events': 'audit',
  'get /v1/audits/{id}/report': 'audit',
  'post /v1/audits': 'audit',
  'get /': 'open',
  'get /.well-known/countermark.json': 'open',
  'get /assets/{name}': 'open',
  'get /docs': 'open',
  'get /healthz': 'open',
  'get /metrics': 'open',
  'get /openapi.json': 'open',
  'get /readyz': 'open',
  'get /v1/accounts': 'accounts',
  'get /v1/api-keys': 'admin',
  'get /v1/api-keys/{id}': 'admin',
  'get /v1/audit-log': 'admin',
  'get /v1/backup': 'admin',
  'post /v1/accounts': 'accounts',
  'post /v1/accounts/remove': 'accounts',
  'get /result': 'open',
  'get /v1/detections/{id}': 'detect',
  'get /v1/examples/{name}': 'open',
  'get /v1/shared-results/{id}': 'open',
  'post /v1/shared-results/{id}/comparisons': 'public-detect',
  'get /v1/keys': 'admin',
  'get /v1/keys/{keyId}': 'admin',
  'get /v1/models': 'sample',
  'get /v1/models/{model}': 'sample',
  'get /v1/scans': 'scan',
  'get /v1/scans/{id}': 'scan',
  'get /v1/scans/{id}/events': 'scan',
  'get /v1/scans/{id}/report': 'scan',
  'post /v1/api-keys': 'admin',
  'post /v1/api-keys/{id}': 'admin',
  'post /v1/api-keys/{id}/revoke': 'admin',
  'post /v1/chat/completions': 'sample',
  'post /v1/completions': 'sample',
  'post /v1/detections': 'public-detect',
  'post /v1/key-exports': 'admin',
  'post /v1/key-imports': 'admin',
  'post /v1/keys': 'admin',
  'post /v1/keys/{keyId}': 'admin',
  'post /v1/keys/{keyId}/retire': 'admin',
  'post /v1/keys/{keyId}/rotate': 'admin',
  'post /v1/responses': 'sample',
  'post /v1/scans': 'scan',
  'post /v1/tokenize': 'detect',
  'get /v1/watermark/keys': 'sample or engine',
  'get /v1/watermark/stream': 'engine',
  'post /v1/watermark/sample': 'engine',
};

let server: PreparedServer;
let described: Document;
const tokens = new Map<string, string>();

beforeAll(async () => {
  server = await startPreparedServer();
  described = await fetchDocument(server.url);
  const { apiKeys } = server.store;
  for (const scope of SCOPES) tokens.set(scope, (await apiKeys.create(`only ${scope}`, [scope])).token);
  const revoked = await apiKeys.create('revoked', SCOPES);
  await apiKeys.revoke(revoked.id);
  tokens.set('revoked', revoked.token);
  const other = await apiKeys.create('other', SCOPES);
  // Of a key that is there, and of another's secret.
  tokens.set('wrong', other.token.slice(0, 17) + revoked.token.slice(17));
  tokens.set('unknown', `cmk_${'0'.repeat(12)}_${'A'.repeat(43)}`);
  tokens.set('malformed', 'secret');
}, 60_000);

/** Calls an operation with a body that none takes: whoever may not call it must not even learn that. */
async function statusFor(
  operation: Operation,
  authorization: string | undefined,
  method?: string,
): Promise<number> {
  const path = fillPath(operation, (_, { example, enum: [first] = [] }) =>
    String(example ?? first ?? 'nothing'),
  );
  const headers = new Headers();
  if (authorization !== undefined) headers.set('authorization', authorization);
  const isPost = operation.method === 'post';
  if (isPost) headers.set('content-type', 'application/json');
  const response = await fetch(server.url + path, {
    method: method ?? operation.method.toUpperCase(),
    headers,
    ...(isPost ? { body: '"not what it takes"' } : {}),
  });
  await response.arrayBuffer();
  return response.status;
}

const isLetIn = (status: number): boolean => status !== 401 && status !== 403;

describe('access', () => {
  it('is decided for every route, as documented', () => {
    const documented = Object.fromEntries(
      described.operations.map(({ method, path, security }) => {
        const scopes = security.flatMap(({ apiKey = [] }) => apiKey);
        const scope = scopes.length === 0 ? undefined : scopes.join(' or ');
        const isPublic = security.some((way) => way.apiKey === undefined);
        return [`${method} ${path}`, scope === undefined ? 'open' : isPublic ? 'public-detect' : scope];
      }),
    );
    const decided = Object.keys(documented).map((route) => [route, DECISIONS[route]]);
    expect(documented).toEqual(Object.fromEntries(decided));
  });

  it('is refused with 401 without an API key, or with one that is wrong, unknown, revoked or malformed', async () => {
    for (const operation of described.operations) {
      const access = DECISIONS[`${operation.method} ${operation.path}`];
      const label = `${operation.method} ${operation.path}`;
      const none = await statusFor(operation, undefined);
      expect(isLetIn(none), `${label} without an API key: ${none}`).toBe(
        access === 'open' || access === 'public-detect',
      );
      for (const who of ['wrong', 'unknown', 'revoked', 'malformed']) {
        const status = await statusFor(operation, `Bearer ${tokens.get(who)}`);
        if (access === 'open') expect(isLetIn(status), `${label} with a key that is ${who}`).toBe(true);
        else expect(status, `${label} with a key that is ${who}`).toBe(401);
      }
      if (access !== 'open') expect(await statusFor(operation, 'Basic dXNlcjpwYXNz'), label).toBe(401);
    }
  });

  it('is given to the scopes of a route, and refused with 403 to every other', async () => {
    for (const operation of described.operations) {
      const label = `${operation.method} ${operation.path}`;
      const access = DECISIONS[label];
      const wanted = access === 'public-detect' ? ['detect'] : (access?.split(' or ') ?? []);
      for (const scope of SCOPES) {
        const status = await statusFor(operation, `Bearer ${tokens.get(scope)}`);
        if (access === 'open' || wanted.includes(scope))
          expect(isLetIn(status), `${label} with ${scope}`).toBe(true);
        else expect(status, `${label} with ${scope}`).toBe(403);
      }
    }
  });

  it('is asked for by HEAD as by GET, and of no path that is spelt otherwise', async () => {
    for (const operation of described.operations.filter(({ method }) => method === 'get')) {
      const label = `${operation.method} ${operation.path}`;
      if (DECISIONS[label] === 'open') continue;
      expect(await statusFor(operation, undefined, 'HEAD'), label).toBe(401);
      const path = `${operation.path}?a=1`;
      expect(await statusFor({ ...operation, path }, undefined), path).toBe(401);
    }
    // A proxy's rule for a path does not know of other spellings: there are none.
    for (const operation of described.operations) {
      const { path } = operation;
      if (path === '/') continue;
      for (const other of [
        path.toUpperCase(),
        path.replace(/[a-z]/, (letter) => letter.toUpperCase()),
        `${path}/`,
      ]) {
        expect(await statusFor({ ...operation, path: other }, `Bearer ${tokens.get('admin')}`), other).toBe(
          404,
        );
      }
    }
  });
});
