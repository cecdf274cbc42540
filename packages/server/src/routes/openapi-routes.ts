import { openApiDocument } from '../openapi/document.ts';
import { defineRoute, type Route } from './route.ts';

/** Returns routes with one more: the document that describes them all. */
export function withOpenApi(routes: readonly Route[], version: string): Route[] {
  const own = defineRoute({
    method: 'get',
    path: '/openapi.json',
    access: 'open',
    tag: 'documentation',
    summary: 'This description',
    replies: { 200: { description: 'OpenAPI 3.1.', contentType: 'application/json' } },
    handle: async () => ({ status: 200, json: document }),
  });
  const all = [...routes, own];
  const document = openApiDocument(all, version);
  return all;
}
