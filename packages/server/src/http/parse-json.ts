/** JSON of any size in pieces, with the event loop free between them, and nothing of a shape that takes far more memory than its text. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Characters that are parsed at once, and scanned at once. */
const PIECE = 65_536;
/** What a text longer than a piece may be at most; no request needs nearly as much. */
const MOST_DEPTH = 64;
const MOST_CONTAINERS = 10_000;
const MOST_MEMBERS = 10_000;

/** What a value takes in a list, and what a string and a container take besides, in bytes. */
const VALUE_BYTES = 8;
const STRING_BYTES = 24;
const CONTAINER_BYTES = 48;

const BLANK = /^[ \t\n\r]*$/;

/** Thrown where JSON is of a shape that no request has. */
export class JsonShapeError extends Error {
  override readonly name = 'JsonShapeError';
  /** Whether it is of values that take more memory than they may. */
  readonly isTooLarge: boolean;

  constructor(message: string, isTooLarge = false) {
    super(message);
    this.isTooLarge = isTooLarge;
  }
}

/** Half open, in UTF-16 code units. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** A container of more than a piece: its members in pieces, and containers like itself, each behind the text of its name. */
interface Large {
  readonly isArray: boolean;
  readonly parts: (Span | { readonly before: Span; readonly large: Large })[];
}

/** A container that is open where the scan is. */
interface Frame extends Large {
  readonly start: number;
  /** Where what is in no part yet begins. */
  from: number;
  /** The last comma between its own members; before `from` where there is none. */
  comma: number;
  commas: number;
  /** Whether a large member ended at `from`: a comma or the end has to follow. */
  isAfterLarge: boolean;
}

/**
 * Parses JSON as `JSON.parse` does, yielding to the event loop after each 65,536 characters.
 *
 * @param mostBytes that its values may take, by their number.
 * @throws {SyntaxError} if it is not JSON.
 * @throws {JsonShapeError} if a longer text nests more than 64 deep, or has more than 10,000 lists and objects, or members of one object, or
 *   more values than that.
 */
export async function parseJson(text: string, mostBytes: number): Promise<unknown> {
  if (text.length <= PIECE) return JSON.parse(text);
  const root = await new Scan(text, mostBytes).run();
  // A string or a number, however long, takes no time to speak of.
  return root === undefined ? JSON.parse(text) : build(text, root);
}

/** Finds the containers of a text that are too large to be parsed at once, in one pass. */
class Scan {
  readonly #text: string;
  readonly #open: Frame[] = [];
  readonly #mostBytes: number;
  #bytes = 0;
  #containers = 0;
  #isInString = false;
  #root: Large | undefined;
  #isDone = false;

  constructor(text: string, mostBytes: number) {
    this.#text = text;
    this.#mostBytes = mostBytes;
  }

  /** Returns the outermost container; undefined where the text is no container. */
  async run(): Promise<Large | undefined> {
    const { length } = this.#text;
    for (let at = 0; at < length; ) {
      at = this.#read(at, Math.min(length, at + PIECE));
      if (this.#bytes > this.#mostBytes) throw new JsonShapeError('has too many values', true);
      await nextTurn();
    }
    if (this.#open.length > 0 || this.#isInString) throw new SyntaxError('the text ends too early');
    return this.#root;
  }

  /** Reads on from one place to another, and returns where it came to: an escape is read whole. */
  #read(from: number, to: number): number {
    const text = this.#text;
    let at = from;
    for (; at < to; at++) {
      const code = text.charCodeAt(at);
      if (this.#isInString) {
        if (code === 0x5c) at++;
        else if (code === 0x22) this.#isInString = false;
      } else if (code === 0x22) {
        this.#isInString = true;
        this.#bytes += STRING_BYTES;
      } else if (code === 0x2c) this.#comma(at);
      else if (code === 0x5b || code === 0x7b) this.#begin(at, code === 0x5b);
      else if (code === 0x5d || code === 0x7d) this.#end(at, code === 0x5d);
    }
    return at;
  }

  #begin(start: number, isArray: boolean): void {
    if (this.#isDone) throw new SyntaxError('something follows the value');
    if (this.#open.length === 0 && !BLANK.test(this.#text.slice(0, start)))
      throw new SyntaxError('something precedes the value');
    if (this.#open.length === MOST_DEPTH) throw new JsonShapeError(`nests more than ${MOST_DEPTH} deep`);
    if (++this.#containers > MOST_CONTAINERS)
      throw new JsonShapeError(`has more than ${MOST_CONTAINERS} lists and objects`);
    this.#bytes += CONTAINER_BYTES;
    this.#open.push({
      isArray,
      parts: [],
      start,
      from: start + 1,
      comma: start,
      commas: 0,
      isAfterLarge: false,
    });
  }

  #comma(at: number): void {
    this.#bytes += VALUE_BYTES;
    const frame = this.#open.at(-1);
    // Of a number or a literal: parsing the whole says what is wrong.
    if (frame === undefined) return;
    if (++frame.commas >= MOST_MEMBERS && !frame.isArray)
      throw new JsonShapeError(`has an object of more than ${MOST_MEMBERS} members`);
    if (frame.isAfterLarge) this.#afterLarge(frame, at);
    else if (at - frame.from > PIECE) {
      // As much as fits before this comma; a member longer than a piece stands alone.
      const end = frame.comma >= frame.from ? frame.comma : at;
      frame.parts.push({ start: frame.from, end });
      frame.from = end + 1;
    }
    frame.comma = at;
  }

  #end(at: number, isArray: boolean): void {
    const frame = this.#open.pop();
    if (frame === undefined || frame.isArray !== isArray) throw new SyntaxError('brackets do not match');
    const parent = this.#open.at(-1);
    this.#isDone = parent === undefined;
    if (at - frame.start <= PIECE && parent !== undefined) return;
    if (frame.isAfterLarge) this.#afterLarge(frame, at);
    // Also where it is blank: after a comma there has to be a member.
    else if (frame.commas > 0 || !BLANK.test(this.#text.slice(frame.from, at)))
      frame.parts.push({ start: frame.from, end: at });
    if (parent === undefined) {
      this.#root = frame;
      if (!BLANK.test(this.#text.slice(at + 1))) throw new SyntaxError('something follows the value');
      return;
    }
    if (parent.isAfterLarge) throw new SyntaxError('a comma is missing');
    if (parent.comma >= parent.from) {
      parent.parts.push({ start: parent.from, end: parent.comma });
      parent.from = parent.comma + 1;
    }
    parent.parts.push({ before: { start: parent.from, end: frame.start }, large: frame });
    parent.from = at + 1;
    parent.isAfterLarge = true;
  }

  #afterLarge(frame: Frame, at: number): void {
    if (!BLANK.test(this.#text.slice(frame.from, at))) throw new SyntaxError('a comma is missing');
    frame.from = at + 1;
    frame.isAfterLarge = false;
  }
}

async function build(text: string, { isArray, parts }: Large): Promise<unknown> {
  const list: unknown[] = [];
  const members: Record<string, unknown> = {};
  for (const part of parts) {
    if ('large' in part) {
      const before = text.slice(part.before.start, part.before.end);
      const value = await build(text, part.large);
      if (!isArray) set(members, nameOf(before), value);
      else if (BLANK.test(before)) list.push(value);
      else throw new SyntaxError('a comma is missing');
      continue;
    }
    const piece = text.slice(part.start, part.end);
    // Brackets of its own would make nothing of what is a member too few.
    if (BLANK.test(piece)) throw new SyntaxError('a member is missing');
    if (isArray) for (const value of JSON.parse(`[${piece}]`) as unknown[]) list.push(value);
    else for (const [name, value] of Object.entries(JSON.parse(`{${piece}}`))) set(members, name, value);
    await nextTurn();
  }
  return isArray ? list : members;
}

/** Reads `"name":`. */
function nameOf(before: string): string {
  const [name, ...others] = Object.keys(JSON.parse(`{${before}0}`));
  if (name === undefined || others.length > 0) throw new SyntaxError('a name is missing');
  return name;
}

// A member `__proto__` is one like others, as it is to `JSON.parse`.
function set(members: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') members[name] = value;
  else Object.defineProperty(members, name, { value, enumerable: true, writable: true, configurable: true });
}
