import type { DocumentLayout } from '../documents/layout.ts';
import { turnsOf } from '../readers/layouts/chat-turns.ts';
import { fieldValue } from '../readers/layouts/field-value.ts';
import { parsedList } from '../readers/layouts/parsed-list.ts';

/** What the caller says of the layout; the rest is found. */
export interface LayoutWishes {
  /** Path of the field with the text or the turns. */
  readonly field?: string;
  /** Path of the field with token ids. */
  readonly idsField?: string;
  /** Whose turns are read: `assistant`, `user`, `system`, under any of their names, or a name as it stands. */
  readonly roles?: readonly string[];
}

/** Whose turns are read where nobody says. */
const DEFAULT_ROLES: readonly string[] = ['assistant'];

/** What data sets call the same role. */
const ROLE_NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['assistant', ['assistant', 'gpt', 'chatgpt', 'model', 'bot']],
  ['user', ['user', 'human', 'prompter']],
]);

/** The two ways to write a turn, and where they come from. */
const TURNS = [
  { name: 'OpenAI', roleField: 'role', contentField: 'content' },
  { name: 'ShareGPT', roleField: 'from', contentField: 'value' },
] as const;

const CHAT_FIELDS = ['messages', 'conversations', 'conversation', 'turns', 'chat', 'dialogue'];
const TEXT_FIELDS = [
  'text',
  'content',
  'completion',
  'response',
  'output',
  'answer',
  'generation',
  'generated_text',
  'body',
  'document',
  'article',
  'raw_content',
];
const IDS_FIELDS = ['input_ids', 'token_ids', 'tokens', 'ids'];

/** A layout in words. */
export interface ChosenLayout {
  readonly layout: DocumentLayout;
  readonly description: string;
}

/**
 * Finds where in records their documents are.
 *
 * A chat comes first, then an Alpaca record, a text in a field of a usual name, token ids, and at last the field with the most text.
 *
 * @param records the first records of a file.
 * @returns undefined if nothing fits.
 */
export function chooseLayout(records: readonly unknown[], wishes: LayoutWishes): ChosenLayout | undefined {
  const { field, idsField, roles = DEFAULT_ROLES } = wishes;
  const sample = new Sample(records);
  if (idsField !== undefined) return sample.has(idsField) ? idsLayout(idsField) : undefined;
  if (field !== undefined) {
    if (!sample.has(field)) return undefined;
    if (sample.mostly(field, isIds)) return idsLayout(field);
    return chatLayout(sample, field, roles) ?? textLayout(field);
  }
  for (const name of CHAT_FIELDS) {
    const chat = chatLayout(sample, name, roles);
    if (chat !== undefined) return chat;
  }
  const alpaca = alpacaLayout(sample, roles);
  if (alpaca !== undefined) return alpaca;
  const text = TEXT_FIELDS.find((name) => sample.mostly(name, isText));
  if (text !== undefined) return textLayout(text);
  const ids = IDS_FIELDS.find((name) => sample.mostly(name, isIds));
  if (ids !== undefined) return idsLayout(ids);
  const longest = sample.longestText();
  return longest === undefined ? undefined : textLayout(longest);
}

/** Finds the field with a record's own id. */
export function chooseIdField(records: readonly unknown[]): string | undefined {
  const sample = new Sample(records);
  return ['id', '_id', 'uuid', 'doc_id', 'document_id'].find((name) =>
    sample.mostly(name, (value) => isText(value) || typeof value === 'number' || typeof value === 'bigint'),
  );
}

/** The paths of the fields of records: of the records themselves, and of objects in them. */
export function fieldsOf(records: readonly unknown[]): string[] {
  const paths = new Set<string>();
  for (const record of records) {
    for (const [name, value] of entriesOf(record)) {
      paths.add(name);
      for (const [inner] of entriesOf(value)) paths.add(`${name}.${inner}`);
    }
  }
  return [...paths];
}

function chatLayout(sample: Sample, field: string, roles: readonly string[]): ChosenLayout | undefined {
  const turns = TURNS.find((shape) => sample.mostly(field, (value) => isTurns(value, shape)));
  if (turns === undefined) return undefined;
  const { name, roleField, contentField } = turns;
  const names = roles.flatMap((role) => ROLE_NAMES.get(role) ?? [role]);
  return {
    layout: { kind: 'chat', field, roleField, contentField, roles: names },
    description: `chat turns of ${roles.join(' and ')} in field ${field} (${name})`,
  };
}

function alpacaLayout(sample: Sample, roles: readonly string[]): ChosenLayout | undefined {
  if (!sample.mostly('instruction', isText) || !sample.mostly('output', isText)) return undefined;
  const asked = sample.has('input') ? ['instruction', 'input'] : ['instruction'];
  const fields = [
    ...(roles.includes('user') ? asked : []),
    ...(roles.includes('assistant') ? ['output'] : []),
  ];
  const [field] = fields;
  if (field === undefined) return undefined;
  return {
    layout: fields.length === 1 ? { kind: 'text', field } : { kind: 'texts', fields },
    description: `text in ${fields.length === 1 ? 'field' : 'fields'} ${fields.join(', ')} (Alpaca)`,
  };
}

function textLayout(field: string): ChosenLayout {
  return { layout: { kind: 'text', field }, description: `text in field ${field}` };
}

function idsLayout(field: string): ChosenLayout {
  return { layout: { kind: 'ids', field }, description: `token ids in field ${field}` };
}

class Sample {
  readonly #records: readonly unknown[];

  constructor(records: readonly unknown[]) {
    this.#records = records;
  }

  has(field: string): boolean {
    return this.#records.some((record) => fieldValue(record, field) !== undefined);
  }

  /** Whether a field is there in at least half of the records, and of a kind in at least half of those that have it. */
  mostly(field: string, test: (value: unknown) => boolean): boolean {
    const values = this.#records
      .map((record) => fieldValue(record, field))
      .filter((value) => value !== undefined);
    const filled = values.filter((value) => value !== null);
    return (
      filled.length > 0 &&
      2 * values.length >= this.#records.length &&
      2 * filled.filter(test).length >= filled.length
    );
  }

  longestText(): string | undefined {
    let longest: string | undefined;
    let most = 0;
    for (const field of fieldsOf(this.#records)) {
      let length = 0;
      for (const record of this.#records) {
        const value = fieldValue(record, field);
        if (typeof value === 'string') length += value.length;
      }
      if (length > most) {
        most = length;
        longest = field;
      }
    }
    return longest;
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isIds(value: unknown): boolean {
  if (typeof value === 'string') return isIds(parsedList(value));
  if (ArrayBuffer.isView(value)) return true;
  return Array.isArray(value) && value.every((id) => typeof id === 'bigint' || Number.isInteger(id));
}

function isTurns(value: unknown, shape: (typeof TURNS)[number]): boolean {
  const turns = turnsOf(value, shape) ?? [];
  return (
    turns.length > 0 &&
    turns.every((turn) => fieldValue(turn, shape.roleField) !== undefined && typeof turn === 'object')
  );
}

function entriesOf(value: unknown): [string, unknown][] {
  const isObject =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
  return isObject ? Object.entries(value) : [];
}
