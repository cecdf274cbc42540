import type { DocumentLayout } from '../documents/layout.ts';
import { isBelow } from '../documents/text-coverage.ts';
import { stepsOf } from '../documents/text-paths.ts';
import { CorpusError } from '../errors.ts';
import { turnsOf } from '../readers/layouts/chat-turns.ts';
import { fieldValue } from '../readers/layouts/field-value.ts';
import { isItem, shapeOf } from '../readers/layouts/read-turn.ts';
import { isPattern, parsePath } from '../readers/layouts/record-path.ts';
import { isModelName, namesOfRole } from '../readers/layouts/roles.ts';
import { TURN_SHAPES, type TurnShape } from '../readers/layouts/turn-shapes.ts';
import { FORMS, ID_NAMES, IDS_NAMES, isAnswerName, PROMPT_NAMES } from './forms.ts';
import { isIds, isText, Sample } from './sample.ts';
import { isLabels, isProse } from './sample-fields.ts';

/** What the caller says of the layout; the rest is found. */
export interface LayoutWishes {
  /** Path of the field with the text or the turns. */
  readonly field?: string;
  /** Paths of several fields with answers, each a document; `[]` in a path stands for every element of a list. */
  readonly fields?: readonly string[];
  /** Path of the field with token ids. */
  readonly idsField?: string;
  /** Whose turns are read: `assistant`, `user`, `system`, under any of their names, or a name as it stands. */
  readonly roles?: readonly string[];
}

/** Whose turns are read where nobody says. */
const DEFAULT_ROLES: readonly string[] = ['assistant'];

/** A layout in words. */
export interface ChosenLayout {
  readonly layout: DocumentLayout;
  readonly description: string;
  /** Fields that hold what people asked. */
  readonly prompts: readonly string[];
}

/** An answer's place, and the form that it was found by. */
interface Place {
  readonly path: string;
  readonly kind: 'text' | 'chat';
  readonly form?: string;
}

/**
 * Finds where in records their documents are: every field that a form or its name says holds answers, and every chat. Token ids are
 * taken where there is no text, or less of it than ids.
 *
 * @param records the first records of a file.
 * @returns undefined if nothing fits: a field is never chosen because it is long.
 */
export function chooseLayout(records: readonly unknown[], wishes: LayoutWishes): ChosenLayout | undefined {
  const { idsField, roles = DEFAULT_ROLES } = wishes;
  const sample = new Sample(records);
  if (idsField !== undefined) return sample.has(idsField) ? idsLayout(idsField) : undefined;
  const said = [...(wishes.field === undefined ? [] : [wishes.field]), ...(wishes.fields ?? [])];
  if (said.length > 0) return saidLayout(sample, said, roles);
  const places = answerPlaces(sample, roles);
  const ids = IDS_NAMES.find((name) => sample.mostly(name, isIds));
  if (ids !== undefined && textAt(sample, places, roles) <= sample.idsAt(ids)) return idsLayout(ids);
  const prompts = promptPaths(sample, places);
  if (places.length === 0 && !(roles.includes('user') && prompts.length > 0)) return undefined;
  return { ...layoutOf(sample, places, prompts, roles), prompts };
}

/** Finds the field with a record's own id. */
export function chooseIdField(records: readonly unknown[]): string | undefined {
  const sample = new Sample(records);
  return ID_NAMES.find((name) =>
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

function saidLayout(
  sample: Sample,
  said: readonly string[],
  roles: readonly string[],
): ChosenLayout | undefined {
  const [field = ''] = said;
  for (const path of said) checkPath(path);
  if (said.some((path) => !sample.has(path))) return undefined;
  const prompts = promptPaths(
    sample,
    said.map((path) => ({ path, kind: 'text' })),
  );
  if (said.length === 1 && !isPattern(field)) {
    if (sample.mostly(field, isIds)) return idsLayout(field);
    const chat = chatLayout(sample, field, roles);
    if (chat !== undefined) return { ...chat, prompts };
    const isNested =
      !sample.mostly(field, isText) &&
      sample.mostly(field, (value) => entriesOf(value).length > 0 || Array.isArray(value));
    if (!isNested) return { ...textLayout(field), prompts };
  }
  return { ...answersLayout(said, 'as said', roles), prompts };
}

function textAt(sample: Sample, places: readonly Place[], roles: readonly string[]): number {
  return sample.charactersAt(
    places.map(({ path }) => path),
    roles,
  );
}

function checkPath(path: string): void {
  try {
    parsePath(path);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CorpusError('layout-unknown', `"${path}" is not the path of a field: write a.b, a[].b or a[0]`);
  }
}

/** All places of answers, the forms' first; none within another. */
function answerPlaces(sample: Sample, roles: readonly string[]): Place[] {
  const places: Place[] = [];
  const add = (place: Place): void => {
    const isKnown = places.some(({ path }) => overlap(path, place.path));
    if (!isKnown) places.push(place);
  };
  for (const { name, answers, shape = 'any' } of FORMS) {
    for (const path of answers) {
      if (!sample.offers(path, shape)) continue;
      const kind = sample.isChat(path) ? 'chat' : 'text';
      if (kind === 'chat' && sample.isAskedOnly(path, roles)) continue;
      add({ path, kind, ...(name === undefined ? {} : { form: name }) });
    }
  }
  for (const field of sample.fields) {
    if (field.chats + field.turns === 0 || sample.isAskedOnly(field.path, roles)) continue;
    if (field.texts > field.chats + field.turns) continue;
    add({ path: field.path, kind: 'chat' });
  }
  for (const field of sample.fields) {
    const isModel = isModelName(field.name) && isProse(field);
    const isNamed = isAnswerName(field.name) || isModel || field.path === '';
    if (!isNamed || field.texts === 0 || isLabels(field)) continue;
    if (field.others > field.texts || isAsked(field.path)) continue;
    add({ path: field.path, kind: 'text' });
  }
  if (places.length > 0) return places;
  // A field that is known, and empty in all: what is said then is that nothing would be tested.
  const empty = sample.fields.filter(
    (field) => isAnswerName(field.name) && field.empty > 0 && field.texts + field.others === 0,
  );
  return empty.filter(({ path }) => !isAsked(path)).map(({ path }) => ({ path, kind: 'text' }));
}

/** Fields that hold what people asked, by their form or their name. */
function promptPaths(sample: Sample, places: readonly Place[]): string[] {
  const paths = new Set<string>();
  const isAnswer = (path: string): boolean => places.some((place) => isBelow(path, place.path));
  for (const { answers, prompts = [] } of FORMS) {
    if (!answers.some((path) => places.some((place) => place.path === path))) continue;
    for (const path of prompts) if (sample.has(path) && !isAnswer(path)) paths.add(path);
  }
  for (const { path, name, texts, chats, turns } of sample.fields) {
    const hasText = texts + chats + turns > 0;
    if (hasText && (PROMPT_NAMES.includes(name) || isAsked(path)) && !isAnswer(path)) paths.add(path);
  }
  return [...paths].filter((path) => path !== '');
}

/** Whether a field lies in one that holds what people asked. */
function isAsked(path: string): boolean {
  return path
    .split('.')
    .slice(0, -1)
    .some((name) => PROMPT_NAMES.includes(name.replace(/\[.*$/, '')));
}

function layoutOf(
  sample: Sample,
  places: readonly Place[],
  prompts: readonly string[],
  roles: readonly string[],
): Omit<ChosenLayout, 'prompts'> {
  const [first] = places;
  const isAlone = places.length === 1 && first !== undefined && !isPattern(first.path);
  if (isAlone && first.kind === 'chat') {
    const chat = chatLayout(sample, first.path, roles);
    if (chat !== undefined) return chat;
  }
  if (roles.includes('user') || !roles.includes('assistant')) {
    const alpaca = alpacaLayout(sample, roles);
    if (alpaca !== undefined) return alpaca;
  }
  const asked = roles.includes('user') ? prompts : [];
  const answers = places
    .filter(({ kind }) => kind === 'chat' || roles.includes('assistant'))
    .map(({ path }) => path);
  if (isAlone && first.kind === 'text' && asked.length === 0 && sample.mostly(first.path, isText)) {
    return textLayout(first.path, isAlpaca(sample) ? ' (Alpaca)' : '');
  }
  const forms = [...new Set(places.flatMap(({ form = [] }) => form))];
  return answersLayout([...answers, ...asked], forms.join(', '), roles);
}

function chatLayout(
  sample: Sample,
  field: string,
  roles: readonly string[],
): Omit<ChosenLayout, 'prompts'> | undefined {
  const turns = TURN_SHAPES.find((shape) => sample.mostly(field, (value) => isTurns(value, shape)));
  if (turns === undefined) return undefined;
  const { name, roleField, contentField } = turns;
  return {
    layout: { kind: 'chat', field, roleField, contentField, roles: roles.flatMap(namesOfRole) },
    description: `chat turns of ${roles.join(' and ')} in ${field === '' ? 'each record' : `field ${field}`} (${name})`,
  };
}

function isAlpaca(sample: Sample): boolean {
  return sample.mostly('instruction', isText) && sample.mostly('output', isText);
}

function alpacaLayout(sample: Sample, roles: readonly string[]): Omit<ChosenLayout, 'prompts'> | undefined {
  if (!isAlpaca(sample)) return undefined;
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

function answersLayout(
  fields: readonly string[],
  form: string,
  roles: readonly string[],
): Omit<ChosenLayout, 'prompts'> {
  const named = form === '' ? '' : ` (${form})`;
  const where = fields.map((field) => (field === '' ? 'each record' : field)).join(', ');
  return {
    layout: { kind: 'answers', form, fields: [...new Set(fields)], roles: roles.flatMap(namesOfRole) },
    description: `answers in ${where}${named}, each a document`,
  };
}

function textLayout(field: string, form = ''): Omit<ChosenLayout, 'prompts'> {
  const description = field === '' ? 'each record is a text' : `text in field ${field}${form}`;
  return { layout: { kind: 'text', field }, description };
}

function idsLayout(field: string): ChosenLayout {
  return { layout: { kind: 'ids', field }, description: `token ids in field ${field}`, prompts: [] };
}

/** Whether one of two paths leads into what the other leads to. */
function overlap(a: string, b: string): boolean {
  const [first, second] = [stepsOf(a), stepsOf(b)];
  return first.every((step, i) => {
    const other = second[i];
    return other === undefined || step === other || step === '*' || other === '*';
  });
}

function isTurns(value: unknown, shape: TurnShape): boolean {
  const { roleField, contentField } = shape;
  const turns = (turnsOf(value, shape) ?? []).filter((turn) => !isItem(turn));
  const isTurn = (turn: unknown): boolean =>
    typeof turn === 'object' &&
    fieldValue(turn, roleField) !== undefined &&
    // A type may be many things, and is a role where a turn has no other.
    (roleField !== 'type' || shapeOf(turn) === shape);
  return (
    turns.length > 0 &&
    turns.every(isTurn) &&
    turns.some((turn) => fieldValue(turn, contentField) !== undefined)
  );
}

function entriesOf(value: unknown): [string, unknown][] {
  const isObject =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
  return isObject ? Object.entries(value) : [];
}
