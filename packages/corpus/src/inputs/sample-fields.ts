import { childPath, eachText, foldedObjects } from '../documents/text-paths.ts';
import { columnShapeOf } from '../readers/layouts/chat-turns.ts';
import { isChat } from '../readers/layouts/find-answers.ts';
import { parsedList } from '../readers/layouts/parsed-list.ts';
import { isItem, shapeOf } from '../readers/layouts/read-turn.ts';
import { REPLIES } from '../readers/layouts/turn-shapes.ts';

/** What the values of one field are, in the first records of a file. */
export interface SampleField {
  /** With `[]` for every element of a list. */
  readonly path: string;
  /** Its own name; of elements, that of the list. */
  readonly name: string;
  texts: number;
  /** Texts of no characters. */
  empty: number;
  characters: number;
  /** Texts that read like sentences. */
  prose: number;
  /** Texts that read like an id, an address or the name of a file. */
  labels: number;
  /** Lists of turns, in a text or not. */
  chats: number;
  /** Single turns, and items without a role. */
  turns: number;
  /** Of those turns, with answers in a list. */
  trees: number;
  /** Values that are neither text, chat, turn, object nor list. */
  others: number;
}

const FIELDS = 500;
const DEPTH = 12;
const LABEL = /^(?:[a-z][a-z0-9+.-]*:\/\/\S+|(?=\S*\d)[\x21-\x7e]{8,})$/i;
const PROSE = /\S\s+\S+\s+\S+\s+\S|[\u0080-\uffff]{12}/;

/** Collects the fields of records, however deep; what a chat or a turn holds is not told apart. */
export function sampleFields(records: readonly unknown[]): SampleField[] {
  const fields = new Map<string, SampleField>();
  for (const record of records) collect(record, '', '', 0, fields);
  return [...fields.values()];
}

/**
 * Collects the fields with texts, those within chats and turns too, under the paths that their coverage is counted under.
 *
 * @param paths of the layout.
 */
export function textFields(records: readonly unknown[], paths: readonly string[]): SampleField[] {
  const folded = foldedObjects(paths);
  const fields = new Map<string, SampleField>();
  const take = (path: string, text: string): void => {
    const name = path.split('.').at(-1)?.replace(/\[.*$/, '') ?? '';
    const field = fieldAt(path, name, fields);
    if (field !== undefined) addText(field, text);
  };
  for (const record of records) {
    eachText(record, '', take, folded);
  }
  return [...fields.values()];
}

function collect(
  value: unknown,
  path: string,
  name: string,
  depth: number,
  fields: Map<string, SampleField>,
): void {
  if (value === null || value === undefined) return;
  const isObject = typeof value === 'object' && !ArrayBuffer.isView(value);
  const field = fieldAt(path, name, fields);
  if (field === undefined) return;
  if (typeof value === 'string') {
    const list = parsedList(value);
    if (list !== undefined && isChat(list)) field.chats++;
    else addText(field, value);
  } else if (!isObject) {
    field.others++;
  } else if (Array.isArray(value)) {
    if (isChat(value)) field.chats++;
    else if (value.some((element) => typeof element === 'number' || typeof element === 'bigint'))
      field.others++;
    else for (const element of value) collect(element, `${path}[]`, name, depth + 1, fields);
  } else if (columnShapeOf(value) !== undefined) {
    field.chats++;
  } else if (shapeOf(value) !== undefined || isItem(value)) {
    field.turns++;
    if (REPLIES.some((one) => Array.isArray((value as Record<string, unknown>)[one]))) field.trees++;
  } else if (depth < DEPTH) {
    for (const [inner, own] of Object.entries(value)) {
      if (inner === '' || /[[\]]/.test(inner)) continue;
      collect(own, childPath(path, inner), inner, depth + 1, fields);
    }
  }
}

function fieldAt(path: string, name: string, fields: Map<string, SampleField>): SampleField | undefined {
  const known = fields.get(path);
  if (known !== undefined || fields.size >= FIELDS) return known;
  const counts = {
    empty: 0,
    texts: 0,
    characters: 0,
    prose: 0,
    labels: 0,
    chats: 0,
    turns: 0,
    trees: 0,
    others: 0,
  };
  const field = { path, name, ...counts };
  fields.set(path, field);
  return field;
}

function addText(field: SampleField, text: string): void {
  if (text === '') {
    field.empty++;
    return;
  }
  field.texts++;
  field.characters += text.length;
  if (LABEL.test(text)) field.labels++;
  else if (text.length >= 40 && PROSE.test(text)) field.prose++;
}

/** Whether a field's texts may be what somebody wrote, rather than ids, addresses or names of kinds. */
export function isProse({ texts, prose }: SampleField): boolean {
  return texts > 0 && 4 * prose >= texts;
}

/** Whether all of a field's texts are ids, addresses or names of files. */
export function isLabels({ texts, labels }: SampleField): boolean {
  return texts > 0 && labels === texts;
}
