import { fieldValue } from '../readers/layouts/field-value.ts';
import { documentFinder } from '../readers/layouts/find-document.ts';
import { parsedList } from '../readers/layouts/parsed-list.ts';
import { parsePath, valuesAt } from '../readers/layouts/record-path.ts';
import { namesOfRole } from '../readers/layouts/roles.ts';
import { type AnswerShape, PROMPT_NAMES } from './forms.ts';
import { isLabels, type SampleField, sampleFields } from './sample-fields.ts';

/** The first records of a file. */
export class Sample {
  readonly fields: readonly SampleField[];
  readonly #records: readonly unknown[];

  constructor(records: readonly unknown[]) {
    this.#records = records;
    this.fields = sampleFields(records);
  }

  has(field: string): boolean {
    const path = parsePath(field);
    return this.#records.some((record) => valuesAt(record, path).length > 0);
  }

  /** Whether a field is there in at least half of the records, and of a kind in at least half of those that have it. */
  mostly(field: string, test: (value: unknown) => boolean): boolean {
    const values = this.#records
      .map((record) => (field === '' ? record : fieldValue(record, field)))
      .filter((value) => value !== undefined);
    const filled = values.filter((value) => value !== null);
    return (
      filled.length > 0 &&
      2 * values.length >= this.#records.length &&
      2 * filled.filter(test).length >= filled.length
    );
  }

  /** Whether there are answers of a shape at a path: in most of the values there that are not empty. */
  offers(path: string, shape: AnswerShape): boolean {
    const parsed = parsePath(path);
    const values = this.#records
      .flatMap((record) => valuesAt(record, parsed))
      .map(({ value }) => value)
      .filter((value) => value !== null && value !== undefined && value !== '');
    const own = sampleFields(values);
    const [whole] = own;
    if (whole === undefined) return false;
    switch (shape) {
      case 'tree':
        return whole.trees > 0;
      case 'turns':
        return whole.chats + whole.turns > 0 && whole.texts === 0;
      case 'dialogue': {
        const slice = parsePath(path.replace(/\[[^\]]*\]$/, ''));
        const lists = this.#records.flatMap((record) => valuesAt(record, slice)).map(({ value }) => value);
        return lists.length > 0 && lists.every((list) => Array.isArray(list) && list.every(isText));
      }
      case 'any': {
        if (2 * whole.others > values.length) return false;
        const elements = own.filter((field) => /^(?:\[\])*$/.test(field.path));
        const inner = own.filter((field) => /^(?:\[\])*(?:parts|content|text)(?:\[\])*$/.test(field.path));
        const isAnswer = (field: SampleField): boolean =>
          field.chats + field.turns > 0 || (field.texts > 0 && !isLabels(field));
        return elements.some(isAnswer) || inner.some(isAnswer);
      }
    }
  }

  /** Whether what is at a path are turns. */
  isChat(path: string): boolean {
    const parsed = parsePath(path);
    const values = this.#records.flatMap((record) => valuesAt(record, parsed)).map(({ value }) => value);
    return sampleFields(values).some(
      (field) => /^(?:\[\])*$/.test(field.path) && field.chats + field.turns > 0,
    );
  }

  /** Whether the turns at a path, whose name is that of a prompt, are all of others than those that are wanted. */
  isAskedOnly(path: string, roles: readonly string[]): boolean {
    return PROMPT_NAMES.includes(lastName(path)) && this.charactersAt([path], roles) === 0;
  }

  /** Characters of the answers at some places. */
  charactersAt(paths: readonly string[], roles: readonly string[]): number {
    if (paths.length === 0) return 0;
    const find = documentFinder({
      kind: 'answers',
      form: '',
      fields: paths,
      roles: roles.flatMap(namesOfRole),
    });
    let sum = 0;
    for (const record of this.#records)
      for (const { segments } of find(record).documents ?? [])
        for (const segment of segments) sum += segment.length;
    return sum;
  }

  /** How many token ids a field has. */
  idsAt(field: string): number {
    let sum = 0;
    for (const record of this.#records) {
      const value = fieldValue(record, field);
      const ids = typeof value === 'string' ? parsedList(value) : (value as { length?: number } | null);
      sum += ids?.length ?? 0;
    }
    return sum;
  }
}

function lastName(path: string): string {
  return (path.split('.').at(-1) ?? '').replace(/\[.*$/, '');
}

/** Whether a value is a text. */
export function isText(value: unknown): boolean {
  return typeof value === 'string';
}

/** Whether a value is a list of token ids, in a text or not. */
export function isIds(value: unknown): boolean {
  if (typeof value === 'string') return isIds(parsedList(value));
  if (ArrayBuffer.isView(value)) return true;
  return Array.isArray(value) && value.every((id) => typeof id === 'bigint' || Number.isInteger(id));
}
