import type { TextObserver } from '../../documents/coverage.ts';
import { childPath, eachText } from '../../documents/text-paths.ts';
import { fieldValue } from './field-value.ts';
import { NOT_UTF8 } from './found.ts';
import { parsePath, type RecordPath, valuesAt } from './record-path.ts';
import { isWanted, roleOf } from './roles.ts';
import {
  AFTER_CONTENT,
  APART_PARTS,
  BEFORE_CONTENT,
  ITEMS,
  MEDIA_PARTS,
  OTHERS_PARTS,
  TEXT_PARTS,
  TURN_SHAPES,
  type TurnShape,
  UNTYPED_PARTS,
} from './turn-shapes.ts';

/** A turn's texts, each a segment, or the field that is none. */
export type TurnTexts =
  | { readonly segments: readonly string[]; readonly fault?: undefined; readonly notUtf8?: undefined }
  | { readonly segments?: undefined; readonly fault: string; readonly notUtf8?: boolean };

const BEFORE = BEFORE_CONTENT.map(parsePath);
const AFTER = AFTER_CONTENT.map(parsePath);
const LEFT: TurnTexts = { segments: [] };

/** How a turn is written; undefined if it is none. A field that may be many things has to name a role. */
export function shapeOf(turn: unknown): TurnShape | undefined {
  if (typeof turn !== 'object' || turn === null || Array.isArray(turn)) return undefined;
  return TURN_SHAPES.find(({ roleField, contentField }) => {
    const role = fieldValue(turn, roleField);
    if (typeof role !== 'string' || fieldValue(turn, contentField) === undefined) return false;
    return roleField !== 'type' || ['ai', 'human', 'system'].includes(role.toLowerCase());
  });
}

/** Whether a value is an item without a role that a model wrote: reasoning, or a call of a function. */
export function isItem(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ITEMS.has(String(fieldValue(value, 'type')));
}

/**
 * Reads what a wanted turn says: reasoning, content, arguments of calls. Of a turn that is not wanted, nothing.
 *
 * @param path where it is, for what is told of it.
 */
export function readTurn(
  turn: unknown,
  { roleField, contentField }: Pick<TurnShape, 'roleField' | 'contentField'>,
  roles: readonly string[],
  path: string,
  observer: TextObserver | undefined,
): TurnTexts {
  const role = fieldValue(turn, roleField);
  const content = fieldValue(turn, contentField);
  if (role === NOT_UTF8 || content === NOT_UTF8) return { fault: '', notUtf8: true };
  if (typeof role !== 'string') return { fault: roleField };
  if (!isWanted(role, roles)) {
    const kind = roleOf(role);
    observer?.left(path, turn, kind === undefined ? 'role' : 'prompt', role);
    return LEFT;
  }
  const texts = new Texts(observer);
  texts.addFields(turn, BEFORE, path);
  if (!texts.addContent(content, at(path, contentField))) return { fault: contentField };
  texts.addFields(turn, AFTER, path);
  return { segments: texts.segments() };
}

/** Reads an item without a role. */
export function readItem(item: unknown, path: string, observer: TextObserver | undefined): readonly string[] {
  const texts = new Texts(observer);
  for (const name of ITEMS.get(String(fieldValue(item, 'type'))) ?? [])
    texts.addContent(fieldValue(item, name), at(path, name));
  return texts.segments();
}

/** Reads a content: a text, or parts. Undefined if it is neither. */
export function readContent(
  content: unknown,
  path: string,
  observer: TextObserver | undefined,
): readonly string[] | undefined {
  const texts = new Texts(observer);
  return texts.addContent(content, path) ? texts.segments() : undefined;
}

function at(path: string, field: string): string {
  return field.split('.').reduce(childPath, path);
}

/** Collects segments: texts in a row are joined, others stand apart. */
class Texts {
  readonly #observer: TextObserver | undefined;
  readonly #segments: string[] = [];
  #joined = '';

  constructor(observer: TextObserver | undefined) {
    this.#observer = observer;
  }

  segments(): readonly string[] {
    this.#flush();
    return this.#segments;
  }

  addFields(turn: unknown, paths: readonly RecordPath[], path: string): void {
    for (const field of paths) {
      // Most turns have none of them, and this runs once a turn.
      if (fieldValue(turn, firstName(field)) === undefined) continue;
      for (const { value } of valuesAt(turn, field)) this.#addApart(value, at2(path, field.counted));
    }
  }

  addContent(content: unknown, path: string): boolean {
    if (content === null || content === undefined) return true;
    if (typeof content === 'string') {
      this.#join(content, path);
      return true;
    }
    if (Array.isArray(content)) {
      const inner = `${path}[]`;
      return content.every((part) => this.#addPart(part, inner));
    }
    // ChatGPT and Gemini wrap the parts of a turn once more.
    const parts = fieldValue(content, 'parts');
    return Array.isArray(parts) && this.addContent(parts, at(path, 'parts'));
  }

  #addPart(part: unknown, path: string): boolean {
    if (typeof part === 'string') {
      this.#join(part, path);
      return true;
    }
    if (typeof part !== 'object' || part === null) return part === null;
    const type = fieldValue(part, 'type');
    if (typeof type === 'string') {
      const joined = TEXT_PARTS.get(type);
      const apart = APART_PARTS.get(type);
      if (joined !== undefined) this.#addFirst(part, joined, path, false);
      else if (apart !== undefined) this.#addFirst(part, apart, path, true);
      else if (OTHERS_PARTS.includes(type)) this.#observer?.left(path, part, 'prompt', type);
      else if (MEDIA_PARTS.includes(type)) this.#observer?.left(path, part, 'media', type);
      else this.#observer?.left(path, part, 'part', type);
      return true;
    }
    const text = fieldValue(part, 'text');
    if (typeof text === 'string') {
      if (fieldValue(part, 'thought') === true) this.#addApart(text, at(path, 'text'));
      else this.#join(text, at(path, 'text'));
    }
    for (const [name, inner] of Object.entries(part)) {
      const fields = UNTYPED_PARTS.get(name);
      if (fields !== undefined) this.#addFirst(part, fields, path, true);
      else if (OTHERS_PARTS.includes(name)) this.#observer?.left(at(path, name), inner, 'prompt', name);
      else if (MEDIA_PARTS.includes(name)) this.#observer?.left(at(path, name), inner, 'media', name);
    }
    return true;
  }

  #addFirst(part: unknown, fields: readonly string[], path: string, isApart: boolean): void {
    for (const field of fields) {
      const value = fieldValue(part, field);
      if (value === undefined || value === null) continue;
      if (isApart) this.#addApart(value, at(path, field));
      else if (typeof value === 'string') this.#join(value, at(path, field));
      else continue;
      return;
    }
  }

  /** A text of its own; of a value with texts inside, each. */
  #addApart(value: unknown, path: string): void {
    this.#flush();
    eachText(value, path, (inner, text) => {
      this.#observer?.tested(inner, text);
      if (text !== '') this.#segments.push(text);
    });
  }

  #join(text: string, path: string): void {
    this.#observer?.tested(path, text);
    this.#joined += text;
  }

  #flush(): void {
    if (this.#joined !== '') this.#segments.push(this.#joined);
    this.#joined = '';
  }
}

function firstName({ steps }: RecordPath): string {
  const [first] = steps;
  return first?.kind === 'field' ? (first.path.split('.')[0] ?? '') : '';
}

function at2(path: string, counted: string): string {
  return path === '' ? counted : `${path}.${counted}`;
}
