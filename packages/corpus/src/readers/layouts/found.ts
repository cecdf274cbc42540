import type { Refusal } from '../raw-record.ts';

/** What a layout finds in a record, or what is wrong with it. */
export type Found =
  | { readonly segments: readonly string[] | readonly Uint32Array[]; readonly refusal?: undefined }
  | { readonly segments?: undefined; readonly refusal: Refusal };

/** Stands in a column of strings for one that is not UTF-8. */
export const NOT_UTF8: unique symbol = Symbol('not UTF-8');

/** Refuses a field for what it is not. */
export function wrongType(field: string, expected: string): Found {
  return { refusal: { code: 'field-type', message: `field "${field}" is not ${expected}` } };
}
