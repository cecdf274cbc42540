import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { headingFragments, linkTargets } from './markdown.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const markdownOf = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const pages = [
  ...markdownOf('.'),
  ...markdownOf('docs'),
  ...readdirSync(join(root, 'packages')).flatMap((folder) => markdownOf(join('packages', folder))),
];

// Returns what is wrong with a link, or undefined.
function faultOf(page: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [path = '', fragment] = target.split('#');
  const file = path === '' ? join(root, page) : join(root, dirname(page), path);
  if (relative(root, file).startsWith('..')) return `${target} leaves the repository`;
  if (!existsSync(file)) return `${target} does not exist`;
  if (fragment === undefined) return undefined;
  return headingFragments(readFileSync(file, 'utf8')).includes(fragment)
    ? undefined
    : `${target} is no heading's fragment`;
}

describe('the links of the documentation', () => {
  it('are looked for in every page', () => {
    expect(pages).toEqual(
      expect.arrayContaining([
        'README.md',
        'CONTRIBUTING.md',
        'docs/cli.md',
        'docs/spec.md',
        'docs/statistics.md',
      ]),
    );
  });

  it.each(pages)('lead somewhere: %s', (page) => {
    const targets = linkTargets(readFileSync(join(root, page), 'utf8'));
    expect(targets.map((target) => faultOf(page, target)).filter((fault) => fault !== undefined)).toEqual([]);
  });

  it('would be found out', () => {
    expect(faultOf('README.md', 'docs/none.md')).toBe('docs/none.md does not exist');
    expect(faultOf('docs/spec.md', '../../x')).toBe('../../x leaves the repository');
    expect(faultOf('docs/cli.md', '#none')).toBe("#none is no heading's fragment");
    expect(faultOf('docs/cli.md', '#exit-status')).toBeUndefined();
  });
});
