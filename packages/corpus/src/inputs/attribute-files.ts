/**
 * Whether records are attributes of documents that lie elsewhere, as Dolma's taggers write them: an id, and lists of spans with a score,
 * `[start, end, score]` each.
 */
export function areAttributes(records: readonly unknown[]): boolean {
  return records.length > 0 && records.every(isAttributes);
}

function isAttributes(record: unknown): boolean {
  if (typeof record !== 'object' || record === null || !('attributes' in record)) return false;
  const { attributes, ...rest } = record;
  const isAlone = Object.keys(rest).every((name) =>
    ['id', 'source', 'added', 'created', 'version'].includes(name),
  );
  if (!isAlone || typeof attributes !== 'object' || attributes === null) return false;
  return Object.values(attributes).every(
    (spans) =>
      Array.isArray(spans) &&
      spans.every((span) => Array.isArray(span) && span.every((one) => typeof one === 'number')),
  );
}
