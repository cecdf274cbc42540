/**
 * The value of a field, by its path with dots; a field whose own name has dots comes first.
 *
 * @returns undefined if there is no such field, null if it or an object on the way to it is null.
 */
export function fieldValue(record: unknown, path: string): unknown {
  if (record === null) return null;
  if (typeof record !== 'object') return undefined;
  // Readers of columns have fields that are there and undefined where nothing is stored.
  if (Object.hasOwn(record, path)) return (record as Record<string, unknown>)[path] ?? null;
  const dot = path.indexOf('.');
  if (dot < 0) return undefined;
  const parent = path.slice(0, dot);
  if (!Object.hasOwn(record, parent)) return undefined;
  const value = (record as Record<string, unknown>)[parent] ?? null;
  return fieldValue(value, path.slice(dot + 1));
}
