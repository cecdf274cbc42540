/** Where in JSON the containers are that are too large to be parsed at once, and how much memory its values take. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Bytes that are parsed at once, and scanned at once. */
export const PIECE = 262_144;
/** What a text longer than a piece may be at most; no request needs nearly as much. */
const MOST_DEPTH = 64;
const MOST_CONTAINERS = 10_000;
const MOST_MEMBERS = 10_000;

/** What a value takes in a list, and what a string and a container take besides, in bytes. */
const VALUE_BYTES = 8;
const STRING_BYTES = 24;
const CONTAINER_BYTES = 48;
/** What a number takes besides in a list that has others than numbers: a list of numbers alone holds them in place. */
const BOXED_BYTES = 16;

/** Bits of what the members of a container are. */
const NUMBER = 1;
const OTHER = 2;

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

/** Half open, in bytes. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** A container of more than a piece: its members in pieces, and containers like itself, each behind the text of its name. */
export interface Large {
  readonly isArray: boolean;
  readonly parts: (Span | { readonly before: Span; readonly large: Large })[];
  /** Commas between its own members. */
  readonly commas: number;
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
  /** What its members are, as far as the scan left it for a container in it. */
  kinds: number;
}

/** Says whether bytes are white space, or none at all. */
export function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = bytes[at];
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return false;
  }
  return true;
}

/** Finds the containers of JSON that are too large to be parsed at once, in one pass. */
export class JsonScan {
  readonly #json: Uint8Array;
  readonly #open: Frame[] = [];
  readonly #mostBytes: number;
  #bytes = 0;
  #containers = 0;
  #isInString = false;
  /** What the members of the innermost container are. */
  #kinds = 0;
  #root: Large | undefined;
  #isDone = false;

  /**
   * @param json      UTF-8.
   * @param mostBytes that its values may take, by their number.
   */
  constructor(json: Uint8Array, mostBytes: number) {
    this.#json = json;
    this.#mostBytes = mostBytes;
  }

  /** Returns the outermost container; undefined where there is none. */
  async run(): Promise<Large | undefined> {
    const { length } = this.#json;
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
    const json = this.#json;
    let at = from;
    for (; at < to; at++) {
      const code = json[at] ?? 0;
      if (this.#isInString) {
        if (code === 0x5c) at++;
        else if (code === 0x22) this.#isInString = false;
      } else if (code === 0x22) {
        this.#isInString = true;
        this.#kinds |= OTHER;
        this.#bytes += STRING_BYTES;
      } else if (code === 0x2c) this.#comma(at);
      else if (code >= 0x30 && code <= 0x39) this.#kinds |= NUMBER;
      else if (code === 0x5b || code === 0x7b) this.#begin(at, code === 0x5b);
      else if (code === 0x5d || code === 0x7d) this.#end(at, code === 0x5d);
      // Of `null`, `true` and `false`; an exponent has no letter behind `e`.
      else if (code > 0x65) this.#kinds |= OTHER;
    }
    return at;
  }

  #begin(start: number, isArray: boolean): void {
    if (this.#isDone) throw new SyntaxError('something follows the value');
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.kinds = this.#kinds | OTHER;
    else if (!isBlank(this.#json, 0, start)) throw new SyntaxError('something precedes the value');
    this.#kinds = 0;
    if (this.#open.length === MOST_DEPTH) throw new JsonShapeError(`nests more than ${MOST_DEPTH} deep`);
    if (++this.#containers > MOST_CONTAINERS)
      throw new JsonShapeError(`has more than ${MOST_CONTAINERS} lists and objects`);
    this.#bytes += CONTAINER_BYTES;
    const from = start + 1;
    this.#open.push({
      isArray,
      parts: [],
      start,
      from,
      comma: start,
      commas: 0,
      isAfterLarge: false,
      kinds: 0,
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
    if (isArray && this.#kinds === (NUMBER | OTHER)) this.#bytes += BOXED_BYTES * (frame.commas + 1);
    const parent = this.#open.at(-1);
    this.#kinds = parent?.kinds ?? 0;
    this.#isDone = parent === undefined;
    if (at - frame.start <= PIECE && parent !== undefined) return;
    if (frame.isAfterLarge) this.#afterLarge(frame, at);
    // Also where it is blank: after a comma there has to be a member.
    else if (frame.commas > 0 || !isBlank(this.#json, frame.from, at)) this.#lastPart(frame, at);
    if (parent === undefined) {
      this.#root = frame;
      if (!isBlank(this.#json, at + 1, this.#json.length))
        throw new SyntaxError('something follows the value');
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

  /** What is left before the end of a container: a last member longer than a piece stands alone too. */
  #lastPart(frame: Frame, at: number): void {
    if (at - frame.from > PIECE && frame.comma >= frame.from) {
      frame.parts.push({ start: frame.from, end: frame.comma });
      frame.from = frame.comma + 1;
    }
    frame.parts.push({ start: frame.from, end: at });
  }

  #afterLarge(frame: Frame, at: number): void {
    if (!isBlank(this.#json, frame.from, at)) throw new SyntaxError('a comma is missing');
    frame.from = at + 1;
    frame.isAfterLarge = false;
  }
}
