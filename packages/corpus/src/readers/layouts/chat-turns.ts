import type { DocumentLayout } from '../../documents/layout.ts';
import { type Found, NOT_UTF8, wrongType } from './found.ts';
import { parsedList } from './parsed-list.ts';

/** Where the turns of a chat are. */
export type ChatLayout = Extract<DocumentLayout, { kind: 'chat' }>;

/**
 * Takes the contents of the turns that are wanted, in order, each a segment.
 *
 * @param value a list of turns; the same as JSON in a text; or, as columns store it, an object of lists.
 */
export function chatTurns(value: unknown, layout: ChatLayout): Found {
  const { field, roleField, contentField, roles } = layout;
  const turns = turnsOf(value, layout);
  if (turns === undefined) return wrongType(field, 'a list of turns');
  const segments: string[] = [];
  for (const [index, turn] of turns.entries()) {
    if (typeof turn !== 'object' || turn === null) return wrongType(`${field}[${index}]`, 'a turn');
    const { [roleField]: role, [contentField]: content } = turn as Record<string, unknown>;
    if (role === NOT_UTF8 || content === NOT_UTF8)
      return { refusal: { code: 'invalid-utf8', message: `field "${field}[${index}]" is not valid UTF-8` } };
    if (typeof role !== 'string') return wrongType(`${field}[${index}].${roleField}`, 'a text');
    if (!roles.includes(role)) continue;
    const text = contentText(content);
    if (text === undefined) return wrongType(`${field}[${index}].${contentField}`, 'a text');
    if (text !== '') segments.push(text);
  }
  return { segments };
}

/** The list of turns in whichever of its forms, or undefined if it is none. */
export function turnsOf(
  value: unknown,
  layout: Pick<ChatLayout, 'roleField' | 'contentField'>,
): readonly unknown[] | undefined {
  if (typeof value === 'string') return parsedList(value);
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const { [layout.roleField]: roles, [layout.contentField]: contents } = value as Record<string, unknown>;
  if (!Array.isArray(roles) || !Array.isArray(contents) || roles.length !== contents.length) return undefined;
  return roles.map((role, i) => ({ [layout.roleField]: role, [layout.contentField]: contents[i] }));
}

/** A turn's text; of a content in parts, the text parts joined. A turn that only calls a tool has none. */
function contentText(content: unknown): string | undefined {
  if (content === null || content === undefined) return '';
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  let text = '';
  for (const part of content) {
    if (typeof part === 'string') text += part;
    else if (typeof part !== 'object' || part === null) return undefined;
    else if (part.type === 'text' && typeof part.text === 'string') text += part.text;
  }
  return text;
}
