import type { Refusal } from '../raw-record.ts';

/** A document in a record. */
export interface FoundDocument {
  readonly segments: readonly string[] | readonly Uint32Array[];
  /** The path to it, where a record may hold several. */
  readonly answer?: string;
}

/** What a layout finds in a record, or what is wrong with it. */
export type Found =
  | { readonly documents: readonly FoundDocument[]; readonly refusal?: undefined }
  | { readonly documents?: undefined; readonly refusal: Refusal };

/** Stands in a column of strings for one that is not UTF-8. */
export const NOT_UTF8: unique symbol = Symbol('not UTF-8');

/** One document, of these segments. */
export function one(segments: readonly string[] | readonly Uint32Array[]): Found {
  return { documents: [{ segments }] };
}

/** Refuses a field for what it is not. */
export function wrongType(field: string, expected: string): Found {
  return { refusal: { code: 'field-type', message: `field "${field}" is not ${expected}` } };
}

/** Refuses a field whose bytes are no text. */
export function notUtf8(field: string): Found {
  return { refusal: { code: 'invalid-utf8', message: `field "${field}" is not valid UTF-8` } };
}
