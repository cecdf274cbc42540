import { escapeHtml } from '@countermark/report';

/** A JSON Schema, as far as the reference shows it. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema | false;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
}

/** Renders what a schema admits as HTML: its type and bounds, and its members as a list in it. */
export function schemaList(schema: JsonSchema): string {
  const { description, properties, items } = schema;
  const about = description === undefined ? '' : `<p class="note">${prose(description)}</p>`;
  const choices = choicesOf(schema).filter(hasMembers);
  const inside = [
    ...choices,
    ...(items !== undefined && items !== false && hasMembers(items) ? [items] : []),
  ];
  return `<p>${typeOf(schema)}</p>${about}${properties === undefined ? '' : members(schema)}${inside
    .map((part) => `<div class="part">${schemaList(part)}</div>`)
    .join('')}`;
}

/** Where the reference describes a named schema. */
export function schemaAnchor(name: string): string {
  return `schema-${name}`;
}

/** Text of a description, in which code stands between backticks. */
export function prose(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function members({ properties = {}, required = [] }: JsonSchema): string {
  const rows = Object.entries(properties).map(([name, schema]) => {
    const need = required.includes(name) ? ' <em>required</em>' : '';
    return `<dt><code>${escapeHtml(name)}</code>${need}</dt><dd>${schemaList(schema)}</dd>`;
  });
  return `<dl>${rows.join('')}</dl>`;
}

function choicesOf({ oneOf, anyOf, allOf }: JsonSchema): readonly JsonSchema[] {
  return oneOf ?? anyOf ?? allOf ?? [];
}

function hasMembers(schema: JsonSchema): boolean {
  return schema.properties !== undefined || choicesOf(schema).some(hasMembers);
}

function typeOf(schema: JsonSchema): string {
  const { $ref, type, items } = schema;
  const parts: string[] = [];
  if ($ref !== undefined) {
    const name = $ref.replace(/^.*\//, '');
    parts.push(`<a href="#${schemaAnchor(name)}">${escapeHtml(name)}</a>`);
  } else if (schema.const !== undefined) parts.push(code(schema.const));
  else if (schema.enum !== undefined) parts.push(schema.enum.map(code).join(' or '));
  else if (choicesOf(schema).length > 0) {
    parts.push(
      choicesOf(schema)
        .map((choice) => (hasMembers(choice) ? 'object' : typeOf(choice)))
        .join(' or '),
    );
  } else if (type === 'array' && items !== undefined && items !== false) {
    parts.push(`array of ${hasMembers(items) ? 'objects' : typeOf(items)}`);
  } else if (type !== undefined) parts.push(escapeHtml([type].flat().join(' or ')));
  else parts.push('anything');
  parts.push(...boundsOf(schema));
  if (schema.default !== undefined) parts.push(`default ${code(schema.default)}`);
  return parts.join(', ');
}

function boundsOf(schema: JsonSchema): string[] {
  const { format, pattern } = schema;
  const bounds: [string, number | undefined][] = [
    ['≥', schema.minimum],
    ['>', schema.exclusiveMinimum],
    ['≤', schema.maximum],
    ['<', schema.exclusiveMaximum],
    ['length ≥', schema.minLength ?? schema.minItems],
    ['length ≤', schema.maxLength ?? schema.maxItems],
  ];
  return [
    ...(format === undefined ? [] : [escapeHtml(format)]),
    ...bounds.flatMap(([name, value]) =>
      // What JavaScript's integers end at is no bound of anybody's.
      value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER
        ? []
        : [escapeHtml(`${name} ${value}`)],
    ),
    ...(pattern === undefined || format !== undefined ? [] : [`like <code>${escapeHtml(pattern)}</code>`]),
  ];
}

function code(value: unknown): string {
  return `<code>${escapeHtml(JSON.stringify(value))}</code>`;
}
