/** How much of the text of records was tested, and where the rest is. Counted exactly, in UTF-16 code units ("characters"). */

import { byCodeUnits } from './by-code-units.ts';
import { eachText, foldedObjects, isNumber, mayHoldText, stepsOf } from './text-paths.ts';

/**
 * Why text was not tested: it is a person's by its role or its field (`prompt`); its turn is of a role that nobody knows (`role`); it is
 * a part of a turn of a kind that nobody knows (`part`); it stands for pictures or sound (`media`); or it lies in a field that is not read (`unread`).
 */
export const LEFT_OUT = ['unread', 'role', 'part', 'prompt', 'media'] as const;
/** One of {@link LEFT_OUT}. */
export type LeftOut = (typeof LEFT_OUT)[number];

/** Told of the texts of a record while its documents are looked for. Paths have `[]` for every element of a list. */
export interface TextObserver {
  /** A text is part of a document, or the same as one of its record. */
  tested(path: string, text: string): void;
  /** All texts in a value are left out. `name` is that of the role or the kind of part. */
  left(path: string, value: unknown, why: LeftOut, name?: string): void;
  /** A text is JSON, and its value is what counts. */
  parsed(path: string, text: string, value: unknown): void;
}

/** Characters of one field. */
export interface FieldCoverage {
  readonly path: string;
  /** Of all its texts. */
  readonly characters: number;
  /** How many texts. */
  readonly values: number;
  readonly tested: number;
  /** What was left out knowingly; the rest is `unread`. */
  readonly left: readonly { readonly why: LeftOut; readonly name?: string; readonly characters: number }[];
}

/** What was counted, as it is kept in parts. */
export interface CoverageCounts {
  readonly documents: number;
  /** Documents without any text or token. */
  readonly empty: number;
  readonly tokenIds: number;
  /** Characters of columns that were not decoded: sizes that the file states, in bytes. */
  readonly stated: number;
  readonly fields: readonly FieldCoverage[];
}

/** Different fields that are told apart; texts of others are counted under `*`, or under the object that they are in. */
const FIELDS = 400;
const NAMES = 64;
/** Deeper objects are counted, and their fields are not told apart. */
const DEPTH = 40;
/** Code units of a path that are kept: names come from the corpus. */
const PATH_LENGTH = 160;

class Field {
  readonly path: string;
  readonly parent: Field | undefined;
  readonly key: string;
  readonly children = new Map<string, Field>();
  characters = 0;
  values = 0;
  tested = 0;
  left: Map<string, { why: LeftOut; name: string | undefined; characters: number }> | undefined;

  constructor(parent: Field | undefined, key: string) {
    this.parent = parent;
    this.key = key;
    const before = parent?.path ?? '';
    const path = key === '[]' || before === '' ? `${before}${key}` : `${before}.${key}`;
    this.path = path.length > PATH_LENGTH ? `${path.slice(0, PATH_LENGTH)}…` : path;
  }

  leave(why: LeftOut, name: string | undefined, characters: number): void {
    this.left ??= new Map();
    const key = name === undefined ? why : `${why} ${name}`;
    const entry = this.left.get(key);
    if (entry !== undefined) entry.characters += characters;
    else if (this.left.size < NAMES || name === undefined) this.left.set(key, { why, name, characters });
    else this.leave(why, undefined, characters);
  }
}

interface Pending {
  readonly path: string;
  readonly characters: number;
  readonly why: LeftOut | 'tested' | 'parsed';
  readonly name: string | undefined;
  readonly value?: unknown;
}

/** Counts the texts of records, and which of them were tested. The same records in the same order give the same counts. */
export class Coverage implements TextObserver {
  #root = new Field(undefined, '');
  #fields = 1;
  readonly #byPath = new Map<string, Field>();
  #pending: Pending[] = [];
  #documents = 0;
  #empty = 0;
  #tokenIds = 0;
  #stated = 0;
  readonly #folded: ReadonlySet<string>;

  /** @param paths of a layout: where they lead over all fields of an object (`*`), those fields are counted as one. */
  constructor(paths: readonly string[] = []) {
    this.#folded = foldedObjects(paths);
  }

  tested(path: string, text: string): void {
    this.#pending.push({ path, characters: text.length, why: 'tested', name: undefined });
  }

  left(path: string, value: unknown, why: LeftOut, name?: string): void {
    if (typeof value === 'string') {
      this.#pending.push({ path, characters: value.length, why, name });
    } else {
      eachText(value, path, (at, text) =>
        this.#pending.push({ path: at, characters: text.length, why, name }),
      );
    }
  }

  parsed(path: string, text: string, value: unknown): void {
    this.#pending.push({ path, characters: text.length, why: 'parsed', name: undefined, value });
  }

  /** Counts a record, with what was told of it. */
  add(record: unknown): void {
    this.#walk(record, this.#root, 0);
    // Values of texts first: what is told of them lies in them.
    for (const { why, path, characters, value } of this.#pending) {
      if (why !== 'parsed') continue;
      const field = this.#find(path);
      field.characters -= characters;
      field.values--;
      this.#walk(value, field, 0);
    }
    for (const { why, path, characters, name } of this.#pending) {
      if (why === 'parsed') continue;
      const field = this.#find(path);
      if (why === 'tested') field.tested += characters;
      else field.leave(why, name, characters);
    }
    this.#pending = [];
  }

  /** Forgets what was told of a record, which could not be read: it is a failure, and counted as such. */
  discard(): void {
    this.#pending = [];
  }

  /** Counts a document. */
  addDocument(segments: readonly string[] | readonly Uint32Array[]): void {
    this.#documents++;
    let length = 0;
    for (const segment of segments) {
      length += segment.length;
      if (typeof segment !== 'string') this.#tokenIds += segment.length;
    }
    if (length === 0) this.#empty++;
  }

  /** Adds a column that was not decoded, by the size that the file states. */
  addStated(path: string, bytes: number): void {
    this.#find(path).characters += bytes;
    this.#stated += bytes;
  }

  /** Adds what others counted. */
  merge({ documents, empty, tokenIds, stated, fields }: CoverageCounts): void {
    this.#documents += documents;
    this.#empty += empty;
    this.#tokenIds += tokenIds;
    this.#stated += stated;
    for (const { path, characters, values, tested, left } of fields) {
      const field = this.#find(path);
      field.characters += characters;
      field.values += values;
      field.tested += tested;
      for (const { why, name, characters: own } of left) field.leave(why, name, own);
    }
  }

  /** What was counted: fields with text, in the order of their paths. */
  counts(): CoverageCounts {
    const fields: FieldCoverage[] = [];
    const waiting = [this.#root];
    for (let field = waiting.pop(); field !== undefined; field = waiting.pop()) {
      waiting.push(...field.children.values());
      const { path, characters, values, tested } = field;
      if (characters === 0 && tested === 0) continue;
      const left = Array.from(field.left?.values() ?? [], ({ why, name, characters: own }) => ({
        why,
        ...(name === undefined ? {} : { name }),
        characters: own,
      }));
      left.sort((a, b) => byCodeUnits(`${a.why} ${a.name ?? ''}`, `${b.why} ${b.name ?? ''}`));
      fields.push({ path, characters, values, tested, left });
    }
    return {
      documents: this.#documents,
      empty: this.#empty,
      tokenIds: this.#tokenIds,
      stated: this.#stated,
      fields: fields.sort((a, b) => byCodeUnits(a.path, b.path)),
    };
  }

  #walk(value: unknown, field: Field, depth: number): void {
    if (typeof value === 'string') {
      field.characters += value.length;
      field.values++;
    } else if (depth > DEPTH) {
      eachText(value, '', (_, text) => {
        field.characters += text.length;
        field.values++;
      });
    } else if (Array.isArray(value)) {
      let elements: Field | undefined;
      for (const element of value) {
        if (!mayHoldText(element)) continue;
        elements ??= this.#child(field, '[]');
        this.#walk(element, elements, depth + 1);
      }
    } else if (mayHoldText(value)) {
      for (const name in value as Record<string, unknown>) {
        const inner = (value as Record<string, unknown>)[name];
        if (mayHoldText(inner)) this.#walk(inner, this.#child(field, name), depth + 1);
      }
    }
  }

  #child(field: Field, name: string): Field {
    const known = field.children.get(name);
    if (known !== undefined) return known;
    // Numbers as names are places in a table; a list within its like is a tree.
    const isFolded = isNumber(name) || (name !== '[]' && this.#folded.has(field.path));
    if (name !== '*' && isFolded) return this.#child(field, '*');
    if (field.key === '[]' && field.parent?.key === name) return field.parent;
    if (this.#fields >= FIELDS) return field;
    if (field.children.size >= NAMES && name !== '*' && name !== '[]') return this.#child(field, '*');
    const child = new Field(field, name);
    field.children.set(name, child);
    this.#fields++;
    this.#byPath.set(child.path, child);
    return child;
  }

  #find(path: string): Field {
    if (path === '') return this.#root;
    const known = this.#byPath.get(path);
    if (known !== undefined) return known;
    let field = this.#root;
    for (const step of stepsOf(path)) field = this.#child(field, step);
    this.#byPath.set(path, field);
    return field;
  }
}
