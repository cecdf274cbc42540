/** The OpenAPI document of a running server, as far as tests read it. */
import { z } from 'zod';

/** A JSON Schema. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly example?: unknown;
}

/** An operation with its method and path. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly security: readonly { readonly apiKey?: readonly string[] }[];
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

/** What a server says of itself. */
export interface Document {
  readonly operations: readonly Operation[];
  readonly schemas: Readonly<Record<string, Schema>>;
}

/** Fetches and takes apart the document of a server. */
export async function fetchDocument(url: string): Promise<Document> {
  const { paths, components } = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Omit<Operation, 'method' | 'path'>>>;
    components: { schemas: Record<string, Schema> };
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Operation => ({ ...operation, method, path })),
  );
  return { operations, schemas: components.schemas };
}

/** Returns the schema that a server documents of an operation's answer of JSON, with status 200. */
export async function answerSchema(url: string, path: string, method: string): Promise<z.ZodType> {
  const document: unknown = await (await fetch(`${url}/openapi.json`)).json();
  const inlined = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inlined);
    if (typeof value !== 'object' || value === null) return value;
    if ('$ref' in value) return inlined(at(document, String(value.$ref).slice(2).split('/')));
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, inlined(part)]));
  };
  const place = ['paths', path, method, 'responses', '200', 'content', 'application/json', 'schema'];
  return z.fromJSONSchema(inlined(at(document, place)) as Parameters<typeof z.fromJSONSchema>[0]);
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((found, name) => (found as Record<string, unknown>)[name], value);
}

/** Writes a path with values in place of its parameters. */
export function fillPath(
  { path, parameters = [] }: Operation,
  fill: (name: string, schema: Schema) => string,
): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const schema = parameters.find((parameter) => parameter.name === name)?.schema ?? {};
    return encodeURIComponent(fill(name, schema));
  });
}
