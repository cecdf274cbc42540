import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { PROBLEMS } from '../problem.ts';
import type { Route } from '../routes/route.ts';

const ProblemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().describe("the request's id"),
    limit: z.object({ name: z.string(), value: z.number() }).optional(),
    error: z.object({
      message: z.string(),
      type: z.string(),
      code: z.enum(Object.keys(PROBLEMS) as [string, ...string[]]),
      param: z.string().nullable(),
    }),
  })
  .meta({
    id: 'Problem',
    description: 'RFC 9457 problem details, with the member that OpenAI clients read.',
  });

/**
 * Describes routes as an OpenAPI 3.1 document, from the very schemas that validate requests.
 *
 * @param version of the server.
 */
export function openApiDocument(routes: readonly Route[], version: string): unknown {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Countermark',
      version,
      description:
        'Mark text of language models as it is generated, and test text for marks, with exact p-values. A p-value says how likely unmarked text is to look marked; it never says that a person wrote something.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, `cmk_…`.' } },
    },
    paths: paths as ZodOpenApiPathsObject,
  });
}

function operation(route: Route): ZodOpenApiOperationObject {
  const { access, method, path, body, replies } = route;
  const responses: Record<string, unknown> = {};
  for (const [status, { description, schema, contentType = 'application/json' }] of Object.entries(replies)) {
    responses[status] = {
      description,
      ...(schema === undefined && contentType === 'application/json'
        ? {}
        : { content: { [contentType]: { schema: schema ?? { type: 'string' } } } }),
    };
  }
  responses['default'] = {
    description: 'What went wrong.',
    content: { 'application/problem+json': { schema: ProblemSchema } },
  };
  return {
    operationId: operationId(method, path),
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: securityOf(access),
    ...(route.params === undefined && route.query === undefined && route.headers === undefined
      ? {}
      : {
          requestParams: {
            ...(route.params === undefined ? {} : { path: route.params }),
            ...(route.query === undefined ? {} : { query: route.query }),
            ...(route.headers === undefined ? {} : { header: route.headers }),
          },
        }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body) } }),
    responses: responses as ZodOpenApiOperationObject['responses'],
  } as ZodOpenApiOperationObject;
}

function contentOf(body: NonNullable<Route['body']>): Record<string, unknown> {
  if (!('raw' in body)) return { 'application/json': { schema: body } };
  return Object.fromEntries(
    Object.entries(body.raw).map(([type, description]) => [
      type,
      { schema: { type: 'string', format: 'binary', description } },
    ]),
  );
}

function securityOf(access: Route['access']): Record<string, string[]>[] {
  if (access === 'open') return [];
  return access === 'public-detect' ? [{}, { apiKey: [] }] : [{ apiKey: [] }];
}

// `/v1/scans/{id}/events` read with get is `getScansEvents`.
function operationId(method: string, path: string): string {
  const words = path
    .split(/[/._-]/)
    .filter((part) => part !== '' && part !== 'v1')
    .map((part) => (part.startsWith('{') ? `By-${part.slice(1, -1)}` : part))
    .flatMap((part) => part.split('-'));
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
