/** Bodies as large as they may be, made from what a server says of its routes: for each array one that is full of members of one kind. */
import type { Operation, Schema } from './openapi-document.ts';

/** A body whose placeholder stands for the members of one array. */
export interface Hole {
  /** Which array it is. */
  readonly at: string;
  readonly body: unknown;
}

const HOLE = '__hole__';

/** Makes bodies for the operations of a document. */
export class LargeBodies {
  readonly #schemas: Readonly<Record<string, Schema>>;
  readonly #keyId: string;
  readonly #bytes: number;

  /**
   * @param schemas the document's.
   * @param keyId   of a key of the server.
   * @param bytes   of a body at most.
   */
  constructor(schemas: Readonly<Record<string, Schema>>, keyId: string, bytes: number) {
    this.#schemas = schemas;
    this.#keyId = keyId;
    this.#bytes = bytes;
  }
  /** Follows a reference. */
  resolved(schema: Schema): Schema {
    return schema.$ref === undefined ? schema : (this.#schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  }

  /** The first of the values that a schema allows: only what has to be there. */
  example(given: Schema): unknown {
    const schema = this.resolved(given);
    const [choice] = schema.oneOf ?? schema.anyOf ?? [];
    if (choice !== undefined) return this.example(choice);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return schema.enum[0];
    if (schema.properties !== undefined) return this.withRequired(schema, {});
    if (schema.type === 'array') return [this.example(schema.items ?? {})];
    if (schema.type === 'integer' || schema.type === 'number') return Math.max(1, schema.minimum ?? 0);
    if (schema.type === 'string') return schema.pattern?.includes('{32}') === true ? this.#keyId : 'a';
    return null;
  }

  withRequired({ properties = {}, required = [] }: Schema, given: Record<string, unknown>): unknown {
    const needed = required.filter((name) => !(name in given));
    return {
      ...Object.fromEntries(needed.map((name) => [name, this.example(properties[name] ?? {})])),
      ...given,
    };
  }

  /** Bodies with a hole in place of the members of each array of a schema. */
  holes(given: Schema, at = ''): Hole[] {
    const schema = this.resolved(given);
    const choices = schema.oneOf ?? schema.anyOf;
    if (choices !== undefined) return choices.flatMap((choice) => this.holes(choice, at));
    if (schema.type === 'array') {
      const within = this.holes(schema.items ?? {}, `${at}[]`);
      return [{ at, body: [HOLE] }, ...within.map((hole) => ({ ...hole, body: [hole.body] }))];
    }
    return Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
      this.holes(member, `${at}.${name}`).map((hole) => ({
        ...hole,
        body: this.withRequired(schema, { [name]: hole.body }),
      })),
    );
  }

  /** Fills a hole with as many members as there is room for. */
  filled({ body }: Hole, member: string): string {
    const [before = '', after = ''] = JSON.stringify(body).split(`"${HOLE}"`);
    const room = this.#bytes - before.length - after.length;
    return before + `${member},`.repeat(Math.floor((room + 1) / (member.length + 1))).slice(0, -1) + after;
  }
}

/** Operations that take JSON. */
export function takingJson(operations: readonly Operation[]): readonly Operation[] {
  return operations.filter(
    ({ method, requestBody }) => method === 'post' && requestBody?.content['application/json'] !== undefined,
  );
}

/** The schema of an operation's JSON body. */
export function bodySchema({ requestBody }: Operation): Schema {
  return requestBody?.content['application/json']?.schema ?? {};
}
