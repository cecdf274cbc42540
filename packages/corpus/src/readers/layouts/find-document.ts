import type { DocumentLayout } from '../../documents/layout.ts';
import { chatTurns } from './chat-turns.ts';
import { fieldValue } from './field-value.ts';
import { type Found, NOT_UTF8, wrongType } from './found.ts';
import { toTokenIds } from './to-token-ids.ts';

const EMPTY: Found = { segments: [] };

/**
 * Finds a layout's document in a record. An empty field, one that is null, and a chat without a turn that is wanted give a
 * document without segments.
 *
 * @param layout where it is.
 * @param record what the format gives: an object with fields, or a text or token ids themselves.
 */
export function findDocument(layout: DocumentLayout, record: unknown): Found {
  if (layout.kind === 'texts') return findTexts(layout.fields, record);
  const { field } = layout;
  const value = field === '' ? record : fieldValue(record, field);
  if (value === undefined) return missing(field, record);
  if (value === null) return EMPTY;
  if (value === NOT_UTF8) return notUtf8(field);
  switch (layout.kind) {
    case 'text':
      return typeof value === 'string'
        ? { segments: value === '' ? [] : [value] }
        : wrongType(field, 'a text');
    case 'ids':
      return toTokenIds(value, field);
    case 'chat':
      return chatTurns(value, layout);
  }
}

function findTexts(fields: readonly string[], record: unknown): Found {
  const segments: string[] = [];
  for (const field of fields) {
    const found = findDocument({ kind: 'text', field }, record);
    if (found.refusal !== undefined) return found;
    segments.push(...(found.segments as readonly string[]));
  }
  return { segments };
}

function missing(field: string, record: unknown): Found {
  const message =
    typeof record === 'object' && !Array.isArray(record)
      ? `there is no field "${field}"`
      : 'the record is no object with fields';
  return { refusal: { code: 'field-missing', message } };
}

function notUtf8(field: string): Found {
  return { refusal: { code: 'invalid-utf8', message: `field "${field}" is not valid UTF-8` } };
}
