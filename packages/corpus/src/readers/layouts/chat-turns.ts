import type { TextObserver } from '../../documents/coverage.ts';
import type { DocumentLayout } from '../../documents/layout.ts';
import { fieldValue } from './field-value.ts';
import { type Found, notUtf8, one, wrongType } from './found.ts';
import { parsedList } from './parsed-list.ts';
import { isItem, readItem, readTurn } from './read-turn.ts';
import { TURN_SHAPES, type TurnShape } from './turn-shapes.ts';

/** Where the turns of a chat are. */
export type ChatLayout = Extract<DocumentLayout, { kind: 'chat' }>;

/**
 * Takes what the wanted turns say, in order, each a segment or several: one document.
 *
 * @param value a list of turns; the same as JSON in a text; or, as columns store it, an object of lists.
 */
export function chatTurns(value: unknown, layout: Omit<ChatLayout, 'kind'>, observer?: TextObserver): Found {
  const { field, roleField, contentField, roles } = layout;
  const turns = turnsOf(value, layout);
  if (turns === undefined) return wrongType(field, 'a list of turns');
  const isColumns = typeof value === 'object' && !Array.isArray(value);
  if (typeof value === 'string') observer?.parsed(field, value, turns);
  const path = `${field}[]`;
  const told = isColumns && observer !== undefined ? columnsOf(field, observer) : observer;
  const segments: string[] = [];
  for (const [index, turn] of turns.entries()) {
    if (typeof turn !== 'object' || turn === null) return wrongType(`${field}[${index}]`, 'a turn');
    if (isItem(turn) && fieldValue(turn, roleField) === undefined) {
      for (const segment of readItem(turn, path, told)) segments.push(segment);
      continue;
    }
    const read = readTurn(turn, { roleField, contentField }, roles, path, told);
    if (read.fault === undefined) for (const segment of read.segments) segments.push(segment);
    else if (read.notUtf8 === true) return notUtf8(`${field}[${index}]`);
    else return wrongType(`${field}[${index}].${read.fault}`, 'a text');
  }
  return one(segments);
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

/** How the turns of an object of lists are written; undefined if it is none. */
export function columnShapeOf(value: unknown): TurnShape | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return TURN_SHAPES.find((shape) => {
    const turns = turnsOf(value, shape);
    return turns?.every((turn) => typeof fieldValue(turn, shape.roleField) === 'string');
  });
}

// Of an object of lists, the text that is told of as `chat[].content` lies in `chat.content[]`.
function columnsOf(field: string, observer: TextObserver): TextObserver {
  const start = `${field}[].`;
  const moved = (path: string): string =>
    path.startsWith(start) ? path.slice(start.length).replace(/^([^.[]*)/, `${field}.$1[]`) : `${field}[]`;
  return {
    tested: (path, text) => observer.tested(moved(path), text),
    parsed: (path, text, value) => observer.parsed(moved(path), text, value),
    left: (path, value, why, name) => {
      if (path !== `${field}[]` || typeof value !== 'object' || value === null)
        observer.left(moved(path), value, why, name);
      else
        for (const [inner, own] of Object.entries(value))
          observer.left(`${field}.${inner}[]`, own, why, name);
    },
  };
}
