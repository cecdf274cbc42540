import { lstat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { CorpusError } from '../errors.ts';

/**
 * Says where each file goes below a directory: its path from the folder that all files have in common.
 *
 * @throws {CorpusError} `unsupported` if something is there already: nothing is ever overwritten.
 */
export async function outputPaths(locations: readonly string[], directory: string): Promise<string[]> {
  const paths = locations.map((location) => resolve(location));
  let common = dirname(paths[0] ?? '');
  while (paths.some((path) => isOutside(relative(common, path)))) common = dirname(common);
  const targets = paths.map((path) => join(directory, relative(common, path)));
  const taken: string[] = [];
  for (const target of targets) {
    const isFree = await lstat(target).then(
      () => false,
      () => true,
    );
    if (!isFree) taken.push(target);
  }
  if (taken.length > 0)
    throw new CorpusError(
      'unsupported',
      `${directory}: holds files that would be overwritten; take another`,
      {
        details: taken.slice(0, 10),
      },
    );
  return targets;
}

function isOutside(path: string): boolean {
  return path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path);
}
