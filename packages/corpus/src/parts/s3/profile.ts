import { existsSync, readFileSync } from 'node:fs';

/** The values of the sections of some names that a file of `aws configure` has; none if there is no file. */
export function readProfile(path: string, names: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  if (!existsSync(path)) return values;
  let section = '';
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [, title] = /^\s*\[\s*(.*?)\s*\]/.exec(line) ?? [];
    if (title !== undefined) section = title;
    const [, name, value] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (names.includes(section) && name !== undefined && value !== undefined && !/^\s/.test(line))
      values.set(name, value);
  }
  return values;
}
