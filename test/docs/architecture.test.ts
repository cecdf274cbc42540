/** docs/architecture.md says where everything is, and the code is there: rooms, files, and which way imports go. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
const PACKAGES = readdirSync(join(ROOT, 'packages')).filter((name) =>
  existsSync(join(ROOT, 'packages', name, 'src')),
);
// Their rooms know each other, or have no order that the page gives.
const UNORDERED = ['cli', 'evaluation', 'hints'];

function filesOf(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesOf(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

const source = (name: string): string => join(ROOT, 'packages', name, 'src');
const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'([^']+)'/g)].map(([, path = '']) => path);
const roomOf = (name: string, file: string): string | undefined => {
  const parts = relative(source(name), file).split('/');
  return parts.length > 1 ? parts[0] : undefined;
};

/** The rows of the table that follows a heading of a package: the rooms, in the page's order. */
function roomsOf(name: string): string[] {
  const block = page.split(`\n**${name}**`)[1]?.split('\n**')[0]?.split('\n## ')[0] ?? '';
  const rows = block.split('\n').filter((line) => line.startsWith('| `'));
  if (rows.length > 0) return rows.map((line) => line.slice(3).split('`')[0] ?? '');
  const sentence = page.split(`**${name}**:`)[1]?.split('.')[0] ?? '';
  return [...sentence.matchAll(/`([a-z-]+)`/g)].map(([, room = '']) => room);
}

const allowed = new Map(
  page
    .split('\n')
    .map((line) => /^\| `([a-z-]+)` \|(.*)\|$/.exec(line))
    .filter((found) => found !== null && PACKAGES.includes(found[1] ?? ''))
    // Rooms have rows too; the first table is the packages'.
    .filter((_, i) => i < PACKAGES.length)
    .map((found) => [found?.[1] ?? '', [...(found?.[2] ?? '').matchAll(/`([a-z-]+)`/g)].map((m) => m[1])]),
);

describe('docs/architecture.md', () => {
  it('has every package', () => {
    expect([...allowed.keys()].sort()).toEqual([...PACKAGES].sort());
  });

  it.each(PACKAGES)('says what %s imports, no more and no less', (name) => {
    const imported = filesOf(source(name))
      .flatMap(importsOf)
      .map((path) => /^@countermark\/([a-z-]+)/.exec(path)?.[1])
      .filter((other) => other !== undefined && other !== name);
    expect([...new Set(imported)].sort()).toEqual([...(allowed.get(name) ?? [])].sort());
  });

  it('has floors that nothing climbs', () => {
    const floors = (page.split('```\n')[1] ?? '')
      .trim()
      .split('\n')
      .map((line) => line.slice(23).trim().split(/\s+/));
    expect(floors.flat().sort()).toEqual([...PACKAGES].sort());
    const floorOf = (name = ''): number => floors.findIndex((floor) => floor.includes(name));
    for (const [name, others] of allowed) {
      for (const other of others)
        expect(floorOf(other), `${name} → ${other}`).toBeGreaterThanOrEqual(floorOf(name));
    }
  });

  it.each(PACKAGES)('has the rooms of %s', (name) => {
    const folders = readdirSync(source(name), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .filter((folder) => filesOf(join(source(name), folder)).length > 0);
    expect(roomsOf(name).sort()).toEqual(folders.sort());
  });

  it.each(PACKAGES.filter((name) => !UNORDERED.includes(name)))(
    'has the rooms of %s in an order that imports keep',
    (name) => {
      const order = roomsOf(name);
      const wrong = filesOf(source(name)).flatMap((file) => {
        const room = roomOf(name, file);
        if (room === undefined) return [];
        return importsOf(file)
          .filter((path) => path.startsWith('.'))
          .map((path) => resolve(dirname(file), path))
          .filter((other) => {
            const of = roomOf(name, other);
            return of !== undefined && order.indexOf(of) > order.indexOf(room);
          })
          .map((other) => `${relative(ROOT, file)} imports ${relative(ROOT, other)}`);
      });
      expect(wrong).toEqual([]);
    },
  );

  it('names files that are there', () => {
    const ways = page.split('## Ways')[1] ?? '';
    const named = [...ways.matchAll(/`(packages\/[^`]+)`/g)].map(([, path = '']) => path);
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
