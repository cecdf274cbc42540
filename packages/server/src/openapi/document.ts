import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { SCOPE_MEANINGS, scopesOf } from '../access/scopes.ts';
import { PROBLEMS, type ProblemKind } from '../http/problem.ts';
import type { Route } from '../http/route.ts';

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

const TAGS: Readonly<Record<string, string>> = {
  'api-keys': 'Who may call the server.',
  audit: 'What was done, and by whom.',
  audits: 'Tests of models: whether they were trained on marked text.',
  backup: 'What to keep of a server elsewhere.',
  completions: 'Text of the server’s own model, marked, as OpenAI’s API has it.',
  detections: 'Tests of one text or sequence of tokens.',
  documentation: 'This description, for programs and for people.',
  keys: 'The vendor’s keys. Their secrets leave the server only where they are exported, sealed.',
  operation: 'For those who run the server.',
  page: 'The web page.',
  public: 'What anybody may know.',
  sampling: 'Tokens that are chosen and marked for the model of a caller.',
  scans: 'Tests of whole corpora.',
};

/** An OpenAPI document. */
export type OpenApiDocument = ReturnType<typeof createDocument>;

/**
 * Describes routes as an OpenAPI 3.1 document, from the very schemas that validate requests.
 *
 * @param version of the server.
 */
export function openApiDocument(routes: readonly Route[], version: string): OpenApiDocument {
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
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({
      name,
      description: TAGS[name] ?? `Operations of ${name}.`,
    })),
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: describeApiKey() } },
    },
    paths: paths as ZodOpenApiPathsObject,
  });
}

function describeApiKey(): string {
  const scopes = Object.entries(SCOPE_MEANINGS).map(([scope, meaning]) => `- \`${scope}\`: ${meaning}`);
  return ['An API key, `cmk_…`. Its scopes say what it may do:', '', ...scopes].join('\n');
}

function operation(route: Route): ZodOpenApiOperationObject {
  const { access, method, path, body, replies } = route;
  const responses: Record<string, unknown> = {};
  for (const [status, { description, schema, contentType = 'application/json' }] of Object.entries(replies)) {
    responses[status] = {
      description,
      ...(schema === undefined && contentType === 'application/json'
        ? {}
        : {
            content: Object.fromEntries(
              [contentType].flat().map((type) => [type, { schema: schema ?? { type: 'string' } }]),
            ),
          }),
    };
  }
  const content = { 'application/problem+json': { schema: ProblemSchema } };
  for (const [status, description] of refusalsOf(route)) {
    responses[status] ??= { description, content };
  }
  responses['default'] = { description: 'What else went wrong.', content };
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

/** What a client may do wrong, by status. */
function refusalsOf({ access, params, query, body }: Route): [status: string, description: string][] {
  const kinds: ProblemKind[] = [];
  if (params !== undefined || query !== undefined || body !== undefined) kinds.push('invalid-request');
  if (access !== 'open') kinds.push('unauthorized', 'forbidden');
  if (params !== undefined) kinds.push('not-found');
  if (body !== undefined) kinds.push('body-too-large', 'unsupported-media-type', 'unprocessable');
  if (access === 'public-detect') kinds.push('budget-spent');
  if (kinds.length === 0) return [['4XX', 'The request is refused.']];
  return kinds.map((kind) => [String(PROBLEMS[kind][0]), `${PROBLEMS[kind][1]}.`]);
}

function contentOf(body: NonNullable<Route['body']>): Record<string, unknown> {
  if (!('raw' in body)) return { 'application/json': { schema: body } };
  return Object.fromEntries(
    Object.entries(body.raw).map(([type, content]) => [
      type,
      {
        schema:
          typeof content === 'string' ? { type: 'string', format: 'binary', description: content } : content,
      },
    ]),
  );
}

// OpenAPI 3.1 lets any scheme list the roles that it needs.
function securityOf(access: Route['access']): Record<string, string[]>[] {
  if (access === 'open') return [];
  const keys = scopesOf(access).map((scope) => ({ apiKey: [scope] }));
  return access === 'public-detect' ? [{}, ...keys] : keys;
}

// `/v1/scans/{id}/events` read with get is `getScansEvents`.
function operationId(method: string, path: string): string {
  const words = path
    .split(/[/._-]/)
    .filter((part) => part !== '' && part !== 'v1')
    .map((part) => (part.startsWith('{') ? `By-${part.slice(1, -1)}` : part))
    .flatMap((part) => part.split('-'));
  if (words.length === 0) words.push('page');
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
