import type { TextObserver } from '../../documents/coverage.ts';
import type { DocumentLayout } from '../../documents/layout.ts';
import { childPath } from '../../documents/text-paths.ts';
import { chatTurns, columnShapeOf } from './chat-turns.ts';
import { fieldValue } from './field-value.ts';
import { type Found, type FoundDocument, NOT_UTF8, notUtf8, wrongType } from './found.ts';
import { parsedList } from './parsed-list.ts';
import { isItem, readContent, readItem, readTurn, shapeOf } from './read-turn.ts';
import { type RecordPath, valuesAt } from './record-path.ts';
import { REPLIES, type TurnShape } from './turn-shapes.ts';

/** A layout of several answers. */
export type AnswersLayout = Extract<DocumentLayout, { kind: 'answers' }>;

/** Lists within lists are followed so far. */
const DEPTH = 16;

/**
 * Finds all answers of a record, each a document. Of answers of a record that are the same, the first counts. A record with the fields
 * and without a text in them is an empty document.
 *
 * @param paths the layout's fields, taken apart.
 */
export function findAnswers(
  layout: AnswersLayout,
  paths: readonly RecordPath[],
  record: unknown,
  observer?: TextObserver,
): Found {
  const answers = new Answers(layout.roles, observer);
  let isThere = false;
  for (const path of paths) {
    for (const { value, at } of valuesAt(record, path)) {
      isThere = true;
      const refused = answers.add(value, at, path.counted, 0);
      if (refused !== undefined) return refused;
    }
    isThere ||= isEmptyList(record, path);
  }
  if (!isThere) {
    const fields = layout.fields.map((field) => `"${field}"`).join(', ');
    return { refusal: { code: 'field-missing', message: `there is none of the fields ${fields}` } };
  }
  return { documents: answers.documents.length === 0 ? [{ segments: [] }] : answers.documents };
}

// A list without elements is a field that is there.
function isEmptyList(record: unknown, { steps }: RecordPath): boolean {
  const [first] = steps;
  return first?.kind === 'field' ? fieldValue(record, first.path) !== undefined : record !== undefined;
}

class Answers {
  readonly documents: FoundDocument[] = [];
  readonly #roles: readonly string[];
  readonly #observer: TextObserver | undefined;
  readonly #seen = new Set<string>();

  constructor(roles: readonly string[], observer: TextObserver | undefined) {
    this.#roles = roles;
    this.#observer = observer;
  }

  /** Adds the answers in a value; returns a refusal if it is damaged. A value that is no answer is left unread. */
  add(value: unknown, answer: string, path: string, depth: number): Found | undefined {
    if (typeof value === 'string') {
      const turns = chatInText(value);
      if (turns === undefined) {
        this.#observer?.tested(path, value);
        this.#push([value], answer);
        return undefined;
      }
      this.#observer?.parsed(path, value, turns);
      return this.#addChat(turns, answer, path);
    }
    if (value === NOT_UTF8) return notUtf8(answer);
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined;
    if (depth > DEPTH) return undefined;
    if (!Array.isArray(value)) return this.#addObject(value, answer, path);
    if (isChat(value)) return this.#addChat(value, answer, path);
    for (const [i, element] of value.entries()) {
      const refused = this.add(element, `${answer}[${i}]`, `${path}[]`, depth + 1);
      if (refused !== undefined) return refused;
    }
    return undefined;
  }

  #addObject(value: object, answer: string, path: string): Found | undefined {
    const shape = shapeOf(value);
    if (shape !== undefined) return this.#addTree(value, answer, path);
    if (isItem(value)) {
      this.#push(readItem(value, path, this.#observer), answer);
      return undefined;
    }
    const columns = columnShapeOf(value);
    if (columns !== undefined) return this.#addColumns(value, columns, answer, path);
    // A content without a role: of a candidate, or of a message in short.
    for (const name of ['parts', 'content', 'text']) {
      const content = fieldValue(value, name);
      if (content === undefined) continue;
      const told = new Kept();
      const segments = readContent(content, childPath(path, name), told);
      if (segments === undefined || segments.length === 0) continue;
      if (this.#observer !== undefined) told.tell(this.#observer);
      this.#push(segments, answer);
      return undefined;
    }
    return undefined;
  }

  /** A turn, and those that answer it: each that is wanted is a document. */
  #addTree(root: object, answer: string, path: string): Found | undefined {
    const waiting: { turn: unknown; answer: string; path: string }[] = [{ turn: root, answer, path }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { turn } = next;
      const shape = shapeOf(turn);
      if (shape === undefined) continue;
      const replies = REPLIES.find((name) => Array.isArray(fieldValue(turn, name)));
      const inner = replies === undefined ? [] : (fieldValue(turn, replies) as readonly unknown[]);
      // What is told of a turn must not be told of its answers.
      const own = replies === undefined ? turn : { ...(turn as object), [replies]: undefined };
      const read = readTurn(own, shape, this.#roles, next.path, this.#observer);
      if (read.notUtf8 === true) return notUtf8(next.answer);
      if (read.fault !== undefined) return wrongType(`${next.answer}.${read.fault}`, 'a text');
      this.#push(read.segments, next.answer);
      for (let i = inner.length - 1; i >= 0; i--) {
        waiting.push({
          turn: inner[i],
          answer: `${next.answer}.${replies}[${i}]`,
          path: `${childPath(next.path, replies ?? '')}[]`,
        });
      }
    }
    return undefined;
  }

  #addChat(turns: readonly unknown[], answer: string, path: string): Found | undefined {
    const segments: string[] = [];
    for (const [i, turn] of turns.entries()) {
      const shape = shapeOf(turn);
      if (shape === undefined) {
        for (const segment of readItem(turn, `${path}[]`, this.#observer)) segments.push(segment);
        continue;
      }
      const read = readTurn(turn, shape, this.#roles, `${path}[]`, this.#observer);
      if (read.notUtf8 === true) return notUtf8(`${answer}[${i}]`);
      if (read.fault !== undefined) return wrongType(`${answer}[${i}].${read.fault}`, 'a text');
      for (const segment of read.segments) segments.push(segment);
    }
    this.#push(segments, answer);
    return undefined;
  }

  #addColumns(value: object, shape: TurnShape, answer: string, path: string): Found | undefined {
    const found = chatTurns(value, { ...shape, field: path, roles: this.#roles }, this.#observer);
    if (found.refusal !== undefined) return found;
    for (const { segments } of found.documents) this.#push(segments as readonly string[], answer);
    return undefined;
  }

  #push(segments: readonly string[], answer: string): void {
    const filled = segments.filter((segment) => segment !== '');
    const content = filled.join('\0');
    // What is the same is tested with the first.
    if (filled.length === 0 || this.#seen.has(content)) return;
    this.#seen.add(content);
    this.documents.push(answer === '' ? { segments: filled } : { segments: filled, answer });
  }
}

/** Keeps what is told, until it is known whether there is an answer. */
class Kept implements TextObserver {
  readonly #told: ((observer: TextObserver) => void)[] = [];

  tested(...told: Parameters<TextObserver['tested']>): void {
    this.#told.push((observer) => observer.tested(...told));
  }

  left(...told: Parameters<TextObserver['left']>): void {
    this.#told.push((observer) => observer.left(...told));
  }

  parsed(...told: Parameters<TextObserver['parsed']>): void {
    this.#told.push((observer) => observer.parsed(...told));
  }

  tell(observer: TextObserver): void {
    for (const told of this.#told) told(observer);
  }
}

/** Whether a list is of turns alone. */
export function isChat(value: readonly unknown[]): boolean {
  return value.length > 0 && value.every((turn) => shapeOf(turn) !== undefined || isItem(turn));
}

/** The turns that a text holds as JSON, as tables without nested columns store them. */
function chatInText(text: string): readonly unknown[] | undefined {
  const list = parsedList(text);
  return list !== undefined && isChat(list) ? list : undefined;
}
