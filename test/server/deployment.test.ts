import { readFileSync } from 'node:fs';
import { SCOPE_MEANINGS, SCOPES, SETTINGS } from '@countermark/server';
import { describe, expect, it } from 'vitest';

/** What Node and the C library read. */
const OF_OTHERS = ['NODE_ENV', 'MALLOC_ARENA_MAX'];

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('docs/server.md', () => {
  it('has a row for each scope, as the command and the API reference explain them', () => {
    const [, table = ''] = read('docs/server.md').split(/^## Who may call what$/m);
    const rows = Array.from(table.split(/^## /m)[0]!.matchAll(/^\| `(\w+)` \|/gm), ([, name]) => name);
    expect(rows.toSorted()).toEqual(SCOPES.toSorted());
    expect(Object.keys(SCOPE_MEANINGS)).toEqual([...SCOPES]);
  });

  it('has a row for each setting, with its default and what it is', () => {
    const [, table = ''] = read('docs/server.md').split(/^## Settings$/m);
    const rows = Array.from(
      table.split(/^## /m)[0]!.matchAll(/^\| `(\w+)` \| (?:`([^`]*)`)? *\| (.+) \|$/gm),
      ([, name, value, description]) => ({ name, value, description }),
    );
    const defaultOf = (name: string, value: unknown): string | undefined => {
      if (name === 'COUNTERMARK_THREADS') return 'cores';
      if (value === undefined || (Array.isArray(value) && value.length === 0)) return undefined;
      return String(value);
    };
    expect(rows).toEqual(
      Object.entries(SETTINGS).map(([name, schema]) => ({
        name,
        value: defaultOf(name, schema.parse(undefined)),
        description: schema.description,
      })),
    );
  });
});

describe.each([
  ['Dockerfile', /(?<=ENV .*)\b[A-Z_]{4,}(?==)/g],
  ['examples/server/countermark.service', /(?<=^Environment=)\w+/gm],
  ['examples/server/kubernetes/server.yaml', /(?<=- \{ name: )[A-Z_]+/g],
])('%s', (path, names) => {
  it('sets settings that there are', () => {
    const found = Array.from(read(path).matchAll(names), ([name]) => name).filter(
      (name) => !OF_OTHERS.includes(name),
    );
    expect(found.length).toBeGreaterThan(0);
    for (const name of found) expect(SETTINGS).toHaveProperty(name);
  });
});
