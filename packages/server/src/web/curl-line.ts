import type { JsonSchema } from './schema-list.ts';

/** What a curl line is made of. */
export interface CurlCall {
  readonly method: string;
  readonly path: string;
  readonly needsApiKey: boolean;
  /** The body's kinds, with their schemas. */
  readonly content: Readonly<Record<string, { readonly schema?: JsonSchema }>>;
  /** Schemas by name. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
}

/** Writes the command that makes a call. The API key comes from a file: arguments are seen by everybody on a machine. */
export function curlLine({ method, path, needsApiKey, content, schemas }: CurlCall): string {
  const words = ['curl'];
  const [type] = Object.keys(content);
  if (method !== 'get' && !(method === 'post' && type !== undefined)) words.push('-X', method.toUpperCase());
  if (needsApiKey) words.push('-H', '@countermark-header');
  const schema = type === undefined ? undefined : content[type]?.schema;
  if (type === 'multipart/form-data') words.push('-F', 'file=@corpus.jsonl');
  else if (type === 'application/json' && schema !== undefined) {
    const body = JSON.stringify(exampleOf(schema, schemas)).replaceAll("'", "'\\''");
    words.push('-H', "'Content-Type: application/json'", '-d', `'${body}'`);
  } else if (type !== undefined) words.push('-H', `'Content-Type: ${type}'`, '--data-binary', '@file');
  words.push(`"$COUNTERMARK_URL${path}"`);
  return words.join(' ');
}

/** Makes the least value that a schema admits, with its examples where it has some. */
export function exampleOf(schema: JsonSchema, schemas: Readonly<Record<string, JsonSchema>>): unknown {
  const { $ref, type, properties = {}, required = [], items } = schema;
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.[0] !== undefined) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if ($ref !== undefined) {
    const named = schemas[$ref.replace(/^.*\//, '')];
    return named === undefined ? {} : exampleOf(named, schemas);
  }
  const [choice] = schema.oneOf ?? schema.anyOf ?? schema.allOf ?? [];
  if (choice !== undefined) return exampleOf(choice, schemas);
  switch ([type].flat()[0]) {
    case 'object':
      return Object.fromEntries(
        Object.entries(properties)
          .filter(([name]) => required.includes(name))
          .map(([name, member]) => [name, exampleOf(member, schemas)]),
      );
    case 'array':
      return items === undefined || items === false ? [] : [exampleOf(items, schemas)];
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return 'name';
  }
}
