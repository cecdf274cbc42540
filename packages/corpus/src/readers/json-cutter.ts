/**
 * Cuts a file of JSON values, one or one after another, into its records, by quotes and brackets alone.
 *
 * Each record is then parsed, limited and refused on its own, with its place in bytes: a parser of the whole would end at the
 * first record that is damaged, and would hold whatever it is given.
 */

/** A record as bytes, or what keeps the rest of the file from being cut. */
export interface JsonPiece {
  /** Where it starts in the content, in bytes. */
  readonly offset: number;
  /** Undefined if it is longer than is held. */
  readonly bytes?: Buffer;
  /** Why nothing from here on can be cut. */
  readonly broken?: string;
}

/** Where the cutter stands, between values: what may come next. */
type Place =
  | 'root'
  | 'member'
  | 'colon'
  | 'member-value'
  | 'after-member'
  | 'record'
  | 'after-record'
  | 'end';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** Stands before each value of a sequence; RFC 7464. */
const RECORD_SEPARATOR = 0x1e;

const EXPECTED: Readonly<Record<Place, string>> = {
  root: 'there is no JSON value',
  member: 'there is no name of a field',
  colon: 'a field has no colon after its name',
  'member-value': 'a field has no value',
  'after-member': 'a field is followed by neither a comma nor the end of the object',
  record: 'there is no record',
  'after-record': 'a record is followed by neither a comma nor the end of the list',
  end: 'something follows the JSON value',
};

/** Takes chunks of a file and gives its records. */
export class JsonCutter {
  /** Whether nothing more can be cut. */
  isDone = false;
  readonly #recordsField: string | undefined;
  readonly #maxBytes: number;
  readonly #emit: (piece: JsonPiece) => void;
  #place: Place = 'root';
  #offset = 0;
  #listFound = false;
  #inObject = false;

  /** The value being scanned: a record, a field's name, or a field's value that holds no records. */
  #value: 'record' | 'name' | 'other' | undefined;
  #valueOffset = 0;
  #depth = 0;
  #inText = false;
  #escaped = false;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #name = '';

  /**
   * @param recordsField the field of the root object with the list of records; undefined if the root is the list, or one record.
   * @param maxBytes longer records are not held.
   * @param emit takes each piece; its bytes are good until the next chunk.
   */
  constructor(recordsField: string | undefined, maxBytes: number, emit: (piece: JsonPiece) => void) {
    this.#recordsField = recordsField;
    this.#maxBytes = maxBytes;
    this.#emit = emit;
  }

  /** Takes a chunk from an index on, up to the end of one record or of the chunk, and gives the index of what is next. */
  add(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && !this.isDone) {
      if (this.#value !== undefined) {
        const isRecord = this.#value === 'record';
        at = this.#scan(chunk, at);
        if (isRecord && this.#value === undefined) break;
        continue;
      }
      const byte = chunk[at];
      if (isSpace(byte)) at++;
      else if (this.#place === 'root' && this.#offset + at < 3 && isMark(byte)) at++;
      else if (byte === RECORD_SEPARATOR && (this.#place === 'root' || this.#place === 'end')) at++;
      else at = this.#step(byte, at);
    }
    if (this.isDone) at = chunk.length;
    if (at === chunk.length) this.#offset += chunk.length;
    return at;
  }

  /** Whether the list of records has begun. */
  get isInRecords(): boolean {
    return this.#listFound;
  }

  /** Copies what belongs to an unfinished value, before the memory of its chunk is used again. */
  keepOpen(): void {
    if (this.#held.length > 0) this.#held[this.#held.length - 1] = Buffer.from(this.#held.at(-1) ?? []);
  }

  /** Says that the file is at its end. */
  finish(): void {
    if (this.isDone) return;
    if (this.#value === 'record' && this.#place === 'end' && this.#depth === 0 && !this.#inText) {
      this.#endValue();
    } else if (this.#value !== undefined) {
      this.#break(this.#valueOffset, 'the file ends inside a value');
    } else if (this.#place !== 'end' && this.#place !== 'root') {
      this.#break(this.#offset, 'the file ends before its JSON value does');
    } else if (this.#place === 'end' && this.#recordsField !== undefined && !this.#listFound) {
      this.#break(0, `there is no list in field "${this.#recordsField}"`);
    }
  }

  /** Takes a byte between values, and gives the index of the next. */
  #step(byte: number | undefined, at: number): number {
    switch (this.#place) {
      case 'root':
        if (byte === OPEN_LIST && this.#recordsField === undefined) return this.#openList(at);
        if (byte === OPEN_OBJECT && this.#recordsField !== undefined) {
          this.#inObject = true;
          this.#place = 'member';
          return at + 1;
        }
        if (isPunctuation(byte)) break;
        return this.#begin(this.#recordsField === undefined ? 'record' : 'other', 'end', at);
      case 'member':
        if (byte === CLOSE_OBJECT) return this.#close('end', at);
        if (byte === QUOTE) return this.#begin('name', 'colon', at);
        break;
      case 'colon':
        if (byte === COLON) return this.#close('member-value', at);
        break;
      case 'member-value':
        if (byte === OPEN_LIST && this.#name === this.#recordsField) return this.#openList(at);
        if (!isPunctuation(byte)) return this.#begin('other', 'after-member', at);
        break;
      case 'after-member':
        if (byte === COMMA) return this.#close('member', at);
        if (byte === CLOSE_OBJECT) return this.#close('end', at);
        break;
      case 'record':
        if (byte === CLOSE_LIST) return this.#close(this.#inObject ? 'after-member' : 'end', at);
        if (!isPunctuation(byte)) return this.#begin('record', 'after-record', at);
        break;
      case 'after-record':
        if (byte === COMMA) return this.#close('record', at);
        if (byte === CLOSE_LIST) return this.#close(this.#inObject ? 'after-member' : 'end', at);
        break;
      case 'end':
        // Another object or list follows; a comma between them, as logs have it, is passed over.
        if (byte === COMMA) return at + 1;
        if (byte !== OPEN_OBJECT && byte !== OPEN_LIST) break;
        this.#place = 'root';
        this.#inObject = false;
        return at;
    }
    this.#break(this.#offset + at, EXPECTED[this.#place]);
    return at;
  }

  #openList(at: number): number {
    this.#listFound = true;
    return this.#close('record', at);
  }

  #close(next: Place, at: number): number {
    this.#place = next;
    return at + 1;
  }

  #begin(value: 'record' | 'name' | 'other', next: Place, at: number): number {
    this.#value = value;
    this.#place = next;
    this.#valueOffset = this.#offset + at;
    this.#depth = 0;
    return at;
  }

  /** Goes on with the present value, and gives the index after it or the end of the chunk. */
  #scan(chunk: Buffer, from: number): number {
    let depth = this.#depth;
    let inText = this.#inText;
    let escaped = this.#escaped;
    let at = from;
    let ended = false;
    const begins = this.#offset + from === this.#valueOffset;
    for (; at < chunk.length; at++) {
      const byte = chunk[at];
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) {
          inText = false;
          ended = depth === 0;
        }
      } else if (byte === QUOTE) {
        inText = true;
      } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        depth++;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        // A number or word ends before the bracket that closes what it stands in.
        if (depth === 0) break;
        depth--;
        ended = depth === 0;
      } else if (depth === 0 && (byte === COMMA || isSpace(byte)) && !(begins && at === from)) {
        break;
      }
      if (ended) {
        at++;
        break;
      }
    }
    this.#depth = depth;
    this.#inText = inText;
    this.#escaped = escaped;
    this.#hold(chunk.subarray(from, at));
    if (ended || at < chunk.length) this.#endValue();
    return at;
  }

  #hold(bytes: Buffer): void {
    this.#heldBytes += bytes.length;
    if (this.#value === 'other') return;
    if (this.#heldBytes > this.#maxBytes) this.#held = [];
    else this.#held.push(bytes);
  }

  #endValue(): void {
    const isHeld = this.#heldBytes <= this.#maxBytes;
    const [only] = this.#held;
    const bytes = this.#held.length === 1 && only !== undefined ? only : Buffer.concat(this.#held);
    if (this.#value === 'record') this.#emit({ offset: this.#valueOffset, ...(isHeld ? { bytes } : {}) });
    // A name may be written with escapes.
    else if (this.#value === 'name') this.#name = isHeld ? parseName(bytes) : '';
    this.#value = undefined;
    this.#held = [];
    this.#heldBytes = 0;
  }

  #break(offset: number, broken: string): void {
    this.#emit({ offset, broken });
    this.isDone = true;
  }
}

function parseName(bytes: Buffer): string {
  try {
    return String(JSON.parse(bytes.toString()));
  } catch {
    return '';
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isMark(byte: number | undefined): boolean {
  return byte === 0xef || byte === 0xbb || byte === 0xbf;
}

function isPunctuation(byte: number | undefined): boolean {
  return byte === COMMA || byte === COLON || byte === CLOSE_LIST || byte === CLOSE_OBJECT;
}
