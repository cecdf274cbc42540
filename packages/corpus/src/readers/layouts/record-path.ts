import { fieldValue } from './field-value.ts';

/** One step of a path: a field (its own path with dots), elements of a list, or all fields of an object. */
type Step =
  | { readonly kind: 'field'; readonly path: string }
  | { readonly kind: 'elements'; readonly start: number; readonly step: number }
  | { readonly kind: 'element'; readonly at: number }
  | { readonly kind: 'fields' };

/** A path of a layout, taken apart. */
export interface RecordPath {
  readonly path: string;
  /** The same with `[]` for every index: as texts are counted under. */
  readonly counted: string;
  readonly steps: readonly Step[];
}

/** A value at the end of a path, and the path to it: `choices[0].turns[1]`. */
export interface PlacedValue {
  readonly value: unknown;
  readonly at: string;
}

const BRACKET = /\[(?:(\d+)(::(\d+))?)?\]/y;

/**
 * Takes a path apart.
 *
 * @throws {RangeError} naming the path, if it is none.
 */
export function parsePath(path: string): RecordPath {
  const known = KNOWN.get(path);
  if (known !== undefined) return known;
  const parsed = parseNew(path);
  if (KNOWN.size === MOST_KNOWN) KNOWN.clear();
  KNOWN.set(path, parsed);
  return parsed;
}

// The same few paths are asked for again and again, for each of many files.
const KNOWN = new Map<string, RecordPath>();
const MOST_KNOWN = 1000;

function parseNew(path: string): RecordPath {
  const steps: Step[] = [];
  let names = '';
  const flush = (): void => {
    for (const [i, part] of names.split('.').entries()) if (i > 0 && part === '') throw malformed(path);
    // A field's own name may have dots, so names stay together.
    if (names !== '') steps.push({ kind: 'field', path: names });
    names = '';
  };
  for (let at = 0; at < path.length; ) {
    if (path[at] === '[') {
      BRACKET.lastIndex = at;
      const found = BRACKET.exec(path);
      if (found === null) throw malformed(path);
      flush();
      const [whole, index, slice, step] = found;
      if (index === undefined) steps.push({ kind: 'elements', start: 0, step: 1 });
      else if (slice === undefined) steps.push({ kind: 'element', at: Number(index) });
      else if (Number(step) < 1) throw malformed(path);
      else steps.push({ kind: 'elements', start: Number(index), step: Number(step) });
      at += whole.length;
      if (path[at] === '.') at++;
    } else if (
      path[at] === '*' &&
      names === '' &&
      (at + 1 === path.length || '.['.includes(path[at + 1] ?? ''))
    ) {
      steps.push({ kind: 'fields' });
      at += path[at + 1] === '.' ? 2 : 1;
    } else if (path.startsWith('.*', at) && (at + 2 === path.length || '.['.includes(path[at + 2] ?? ''))) {
      flush();
      at++;
    } else {
      names += path[at++];
    }
  }
  flush();
  return { path, counted: path.replaceAll(/\[[^\]]*\]/g, '[]'), steps };
}

/** Whether a path leads into lists or over fields, rather than to one field. */
export function isPattern(path: string): boolean {
  return path.includes('[') || path.split('.').includes('*');
}

/** The values that a path leads to, in order; none where the record lacks a field on the way. */
export function valuesAt(record: unknown, { steps }: RecordPath): PlacedValue[] {
  let places: PlacedValue[] = [{ value: record, at: '' }];
  for (const step of steps) {
    const next: PlacedValue[] = [];
    for (const place of places) follow(place, step, next);
    places = next;
  }
  return places;
}

function follow({ value, at }: PlacedValue, step: Step, next: PlacedValue[]): void {
  const dot = at === '' ? '' : '.';
  if (step.kind === 'field') {
    const inner = fieldValue(value, step.path);
    if (inner !== undefined) next.push({ value: inner, at: `${at}${dot}${step.path}` });
  } else if (step.kind === 'fields') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    for (const [name, inner] of Object.entries(value)) next.push({ value: inner, at: `${at}${dot}${name}` });
  } else if (Array.isArray(value)) {
    if (step.kind === 'element') {
      if (step.at < value.length) next.push({ value: value[step.at], at: `${at}[${step.at}]` });
      return;
    }
    for (let i = step.start; i < value.length; i += step.step)
      next.push({ value: value[i], at: `${at}[${i}]` });
  }
}

function malformed(path: string): RangeError {
  return new RangeError(`"field" expected a path such as a.b or a[].b, got ${path}`);
}
