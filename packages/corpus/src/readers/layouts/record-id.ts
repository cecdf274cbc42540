import { fieldValue } from './field-value.ts';

/**
 * A record's own id: a text, or a number where no digit of it was lost in reading.
 *
 * @returns undefined if it has none that can be told apart.
 */
export function recordId(record: unknown, idField: string): string | undefined {
  const id = fieldValue(record, idField);
  if (typeof id === 'string') return id;
  if (typeof id === 'bigint') return String(id);
  if (typeof id !== 'number' || !Number.isFinite(id)) return undefined;
  return Number.isInteger(id) && !Number.isSafeInteger(id) ? undefined : String(id);
}
