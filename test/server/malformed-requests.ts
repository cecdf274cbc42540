/** Requests that are nearly as documented, or nothing like it, from the document that the server itself gives. */
import fc from 'fast-check';
import type { Document, Operation, Schema } from './openapi-document.ts';

/** A request to send. */
export interface MalformedRequest {
  readonly operationId: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

const DEEPEST = 4;

const STRANGE = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    null,
    '',
    '\u0000',
    '\ud800',
    '__proto__',
    'x'.repeat(10_000),
    -1,
    0.5,
    1e308,
    2 ** 53,
    Array.from({ length: 1000 }, () => 0),
    {},
    [],
  ),
);

// What stands for a parameter in a path, encoded or wrongly so.
const SEGMENT = fc.oneof(
  fc.string({ minLength: 1, unit: 'grapheme' }).map(encodeURIComponent),
  fc.constantFrom('%', '%ff', '%00', '%2e%2e%2fmaster.key', '%F0%9F', 'constructor', '0'.repeat(5000)),
);

const QUERY = fc.oneof(
  fc.constant(''),
  fc.webQueryParameters().map((query) => `?${query}`),
  fc.constantFrom('?%ff=%', '?limit=-1', '?limit[]=1&limit[a]=2', '?cursor=%00', '?__proto__=1'),
);

const ODD_HEADERS = fc.record(
  {
    'content-encoding': fc.constantFrom('gzip', 'br', 'zstd', 'identity', 'none'),
    accept: fc.constantFrom('text/event-stream', 'image/png', ';;', '*/*'),
    'idempotency-key': fc.constantFrom('k', 'x'.repeat(2000), '"'),
    'last-event-id': fc.constantFrom('0', '-1', 'NaN', '9'.repeat(40)),
    'x-request-id': fc.constantFrom('a b', 'x'.repeat(3000)),
    range: fc.constantFrom('bytes=-1', 'bytes=9-1'),
  },
  { requiredKeys: [] },
);

// Most bodies are to get as far as the schema, and further.
const HEADERS = fc.oneof({ weight: 6, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: ODD_HEADERS });

const TYPE = fc.oneof(
  { weight: 6, arbitrary: fc.constant('application/json') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'application/json; charset=utf-7',
      'application/json; charset=utf-16',
      'multipart/form-data',
      'multipart/form-data; boundary=x',
      'text/plain',
      'application/x-ndjson',
      'nonsense',
    ),
  },
);

/**
 * Draws requests to every operation.
 *
 * @param token an API key of all scopes, which most of them carry: what refuses everybody tests nothing.
 * @param known ids of things that are there, for parameters of paths.
 */
export function malformedRequests(
  { operations, schemas }: Document,
  token: string,
  known: readonly string[],
): fc.Arbitrary<MalformedRequest> {
  const authorization = fc.oneof(
    { weight: 9, arbitrary: fc.constant(`Bearer ${token}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('Bearer', 'Bearer a b', 'Basic x', `Bearer ${'x'.repeat(4000)}`),
    },
  );
  const segment = fc.oneof(fc.constantFrom(...known), SEGMENT);
  return fc.constantFrom(...operations).chain((operation) =>
    fc
      .record({
        segments: fc.infiniteStream(segment),
        query: QUERY,
        more: HEADERS,
        type: TYPE,
        authorization,
        body: bodies(operation, schemas),
      })
      .map(({ segments, query, more, type, authorization, body }) => ({
        operationId: operation.operationId,
        method: operation.method.toUpperCase(),
        path: operation.path.replaceAll(/\{\w+\}/g, () => String(segments.next().value)) + query,
        headers: { authorization, ...more, ...(body === undefined ? {} : { 'content-type': type }) },
        body,
      })),
  );
}

function bodies(
  { method, requestBody }: Operation,
  schemas: Readonly<Record<string, Schema>>,
): fc.Arbitrary<Uint8Array<ArrayBuffer> | undefined> {
  if (method === 'get') return fc.constant(undefined);
  const bytes = fc.uint8Array({ maxLength: 400 }).map((drawn) => Uint8Array.from(drawn));
  const schema = requestBody?.content['application/json']?.schema;
  if (schema === undefined) return fc.oneof(fc.constant(undefined), bytes);
  const encode = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text));
  const near = values(schema, schemas, 0).map((value) => encode(JSON.stringify(value) ?? ''));
  const cut = near.map((whole) => whole.subarray(0, Math.floor(whole.length / 2)));
  const deep = fc.constantFrom(2000, 200_000).map((depth) => encode('['.repeat(depth)));
  return fc.oneof({ weight: 12, arbitrary: near }, cut, bytes, { weight: 1, arbitrary: deep });
}

/** Draws values of a schema, one in a dozen of whose parts is something else. */
function values(
  schema: Schema,
  schemas: Readonly<Record<string, Schema>>,
  depth: number,
): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 11, arbitrary: fitting(schema, schemas, depth) },
    { weight: 1, arbitrary: STRANGE },
  );
}

function fitting(
  schema: Schema,
  schemas: Readonly<Record<string, Schema>>,
  depth: number,
): fc.Arbitrary<unknown> {
  const { $ref, properties, items, minimum = 0, maximum = 100 } = schema;
  if (depth > DEEPEST) return STRANGE;
  if ($ref !== undefined) return fitting(schemas[$ref.split('/').at(-1) ?? ''] ?? {}, schemas, depth + 1);
  if (schema.example !== undefined) return fc.constant(schema.example);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => fitting(choice, schemas, depth + 1)));
  if (properties !== undefined) return records(schema, schemas, depth);
  switch (schema.type) {
    case 'array':
      return fc.array(values(items ?? {}, schemas, depth + 1), { maxLength: 4 });
    case 'integer':
      return fc.integer({ min: Math.max(minimum, -1000), max: Math.max(minimum, Math.min(maximum, 1000)) });
    case 'number':
      return fc.double({ min: minimum, max: Math.max(minimum, maximum), noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'string':
      return schema.pattern === undefined ? fc.string() : fc.stringMatching(new RegExp(schema.pattern));
    default:
      return STRANGE;
  }
}

/** Draws objects with what they must have and a little of what they may have, or with anything of it. */
function records(
  { properties = {}, required = [] }: Schema,
  schemas: Readonly<Record<string, Schema>>,
  depth: number,
): fc.Arbitrary<unknown> {
  const members = (names: readonly string[]): Record<string, fc.Arbitrary<unknown>> =>
    Object.fromEntries(names.map((name) => [name, values(properties[name] ?? {}, schemas, depth + 1)]));
  const all = Object.keys(properties);
  const optional = all.filter((name) => !required.includes(name));
  const likely = fc
    .subarray(optional, { maxLength: Math.min(2, optional.length) })
    .chain((some) => fc.record(members([...required, ...some])));
  const anyhow = fc.record({ ...members(all), unknown: STRANGE }, { requiredKeys: [] });
  return fc.oneof({ weight: 7, arbitrary: likely }, { weight: 1, arbitrary: anyhow });
}
