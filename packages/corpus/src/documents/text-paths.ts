/** Paths of texts in records: dots between names, `[]` for every element of a list, `*` for every field of an object. */

/** The paths of the objects whose fields are all meant, where a layout's paths have `*`. */
export function foldedObjects(paths: readonly string[]): ReadonlySet<string> {
  const folded = new Set<string>();
  for (const path of paths) {
    const names = path.replaceAll(/\[[^\]]*\]/g, '[]').split('.');
    for (const [i, name] of names.entries()) if (/^\*/.test(name)) folded.add(names.slice(0, i).join('.'));
  }
  return folded;
}

/** Splits a path into names and `[]`: indexes and slices of lists stand for their elements. */
export function stepsOf(path: string): string[] {
  return path.split('.').flatMap((part) => {
    const open = part.indexOf('[');
    if (open < 0) return [part];
    const brackets = part.slice(open).match(/\[[^\]]*\]/g) ?? [];
    const name = part.slice(0, open);
    return [...(name === '' ? [] : [name]), ...brackets.map(() => '[]')];
  });
}

/** Calls back for every text in a value, however deep, with its path; in order. */
export function eachText(
  value: unknown,
  path: string,
  take: (path: string, text: string) => void,
  folded: ReadonlySet<string> = new Set(),
): void {
  const waiting: [unknown, string][] = [[value, path]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [current, at] = next;
    if (typeof current === 'string') {
      take(at, current);
    } else if (Array.isArray(current)) {
      for (let i = current.length - 1; i >= 0; i--)
        if (mayHoldText(current[i])) waiting.push([current[i], `${at}[]`]);
    } else if (mayHoldText(current)) {
      const entries = Object.entries(current as object);
      for (const [name, inner] of entries.reverse())
        if (mayHoldText(inner)) waiting.push([inner, childPath(at, folded.has(at) ? '*' : name)]);
    }
  }
}

/** The path of an object's field; a list within its like is a tree, and its path the same on each level. */
export function childPath(path: string, name: string): string {
  const key = isNumber(name) ? '*' : name;
  const own = path === '' ? key : `${path}.${key}`;
  return path === `${key}[]` || path.endsWith(`.${key}[]`) ? path.slice(0, -2) : own;
}

/** Whether a value is a text, or may have texts inside. */
export function mayHoldText(value: unknown): boolean {
  if (typeof value === 'string') return true;
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}

/** Whether a name is a number: a place in a table, which is not told apart from the others. */
export function isNumber(name: string): boolean {
  const first = name.charCodeAt(0);
  return first >= 48 && first <= 57 && /^\d+$/.test(name);
}
