import type { TextObserver } from '../../documents/coverage.ts';
import type { DocumentLayout } from '../../documents/layout.ts';
import { chatTurns } from './chat-turns.ts';
import { fieldValue } from './field-value.ts';
import { findAnswers } from './find-answers.ts';
import { type Found, NOT_UTF8, notUtf8, one, wrongType } from './found.ts';
import { parsePath } from './record-path.ts';
import { toTokenIds } from './to-token-ids.ts';

const EMPTY: Found = one([]);

/** Finds the documents of a record. */
export type DocumentFinder = (record: unknown, observer?: TextObserver) => Found;

/**
 * Makes what finds a layout's documents in records. An empty field, one that is null, and a chat without a turn that is wanted give a
 * document without segments.
 *
 * A record is what the format gives: an object with fields, or a text or token ids themselves.
 *
 * @throws {RangeError} naming a path that is none.
 */
export function documentFinder(layout: DocumentLayout): DocumentFinder {
  switch (layout.kind) {
    case 'texts':
      return (record, observer) => findTexts(layout.fields, record, observer);
    case 'answers': {
      const paths = layout.fields.map(parsePath);
      return (record, observer) => findAnswers(layout, paths, record, observer);
    }
    default:
      return (record, observer) => findOne(layout, record, observer);
  }
}

function findOne(
  layout: Exclude<DocumentLayout, { kind: 'texts' | 'answers' }>,
  record: unknown,
  observer: TextObserver | undefined,
): Found {
  const { field } = layout;
  const value = field === '' ? record : fieldValue(record, field);
  if (value === undefined) return missing(field, record);
  if (value === null) return EMPTY;
  if (value === NOT_UTF8) return notUtf8(field);
  switch (layout.kind) {
    case 'text':
      if (typeof value !== 'string') return wrongType(field, 'a text');
      observer?.tested(field, value);
      return value === '' ? EMPTY : one([value]);
    case 'ids':
      return toTokenIds(value, field);
    case 'chat':
      return chatTurns(value, layout, observer);
  }
}

function findTexts(fields: readonly string[], record: unknown, observer: TextObserver | undefined): Found {
  const segments: string[] = [];
  for (const field of fields) {
    const found = findOne({ kind: 'text', field }, record, observer);
    if (found.refusal !== undefined) return found;
    for (const document of found.documents)
      for (const segment of document.segments as readonly string[]) segments.push(segment);
  }
  return one(segments);
}

function missing(field: string, record: unknown): Found {
  const message =
    typeof record === 'object' && !Array.isArray(record)
      ? `there is no field "${field}"`
      : 'the record is no object with fields';
  return { refusal: { code: 'field-missing', message } };
}
