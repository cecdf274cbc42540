import { defineRoute, type Route } from '../http/route.ts';
import { openApiDocument } from '../openapi/document.ts';
import { referencePage } from '../web/reference-page.ts';

/** Returns routes with two more: the document that describes them all, for programs and for people. */
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
  const reference = defineRoute({
    method: 'get',
    path: '/docs',
    access: 'open',
    tag: 'documentation',
    summary: 'The API reference',
    replies: { 200: { description: 'HTML.', contentType: 'text/html' } },
    handle: async () => ({
      status: 200,
      headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-cache' },
      text: page,
    }),
  });
  const all = [...routes, own, reference];
  const document = openApiDocument(all, version);
  const page = referencePage(document, version);
  return all;
}
