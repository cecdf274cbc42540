import {
  BLANK,
  CASELESS,
  LOWER,
  MARK,
  NEWLINE,
  NUMBER,
  OTHER,
  UPPER,
  unicodeClasses,
} from './unicode-classes.ts';

// Source: the pattern strings that OpenAI publishes with its encodings, and Llama's and Qwen's in their
// tokenizer.json. Each function below is one such pattern, matched by hand in linear time: the alternatives
// in their order, leftmost first, with the backtracking that the pattern would do worked out in closed form.
// A pattern's backtracking engine needs memory and time in a long run, and its \p{…} depends on the runtime.

const LETTER = UPPER | LOWER | CASELESS;
const SPACE = BLANK | NEWLINE;
const SYMBOL = OTHER | MARK; // [^\s\p{L}\p{N}]
const LEAD = OTHER | MARK | BLANK; // [^\r\n\p{L}\p{N}]
const UPPERISH = UPPER | CASELESS | MARK; // [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]
const LOWERISH = LOWER | CASELESS | MARK; // [\p{Ll}\p{Lm}\p{Lo}\p{M}]
const BOTH = CASELESS | MARK;

const ASCII_SPACE = 0x20;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;

/** Valid UTF-8 under the eyes of a splitter; `classes` as {@link unicodeClasses} gives them. */
export interface SplitInput {
  readonly bytes: Uint8Array;
  readonly classes: Uint8Array;
}

/** Returns the byte at which the piece that starts at byte `start` ends, `start < end <= bytes.length`. */
export type NextPiece = (input: SplitInput, start: number) => number;

/** Digits in one piece: one, up to three, or any number. */
type DigitRule = 1 | 3 | typeof Number.POSITIVE_INFINITY;

function width(lead: number): number {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function classAt({ bytes, classes }: SplitInput, at: number): number {
  if (at >= bytes.length) return 0;
  const lead = bytes[at]!;
  if (lead < 0x80) return classes[lead]!;
  if (lead < 0xe0) return classes[((lead & 0x1f) << 6) | (bytes[at + 1]! & 0x3f)]!;
  const middle = ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f);
  if (lead < 0xf0) return classes[((lead & 0x0f) << 12) | middle]!;
  return classes[((lead & 0x07) << 18) | (middle << 6) | (bytes[at + 3]! & 0x3f)]!;
}

/** The end of the run of code points whose class is in `mask`. */
function skip(input: SplitInput, at: number, mask: number): number {
  const { bytes, classes } = input;
  while (at < bytes.length) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      if ((classes[lead]! & mask) === 0) break;
      at++;
    } else {
      if ((classAt(input, at) & mask) === 0) break;
      at += width(lead);
    }
  }
  return at;
}

/** The byte at which the code point that ends before `at` starts. */
function previous(bytes: Uint8Array, at: number): number {
  do at--;
  while ((bytes[at]! & 0xc0) === 0x80);
  return at;
}

/** The end of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` at `at`, or `at` where there is none. */
function contraction(bytes: Uint8Array, at: number, ignoreCase: boolean): number {
  if (at + 1 >= bytes.length || bytes[at] !== APOSTROPHE) return at;
  const fold = ignoreCase ? 0x20 : 0;
  const first = bytes[at + 1]! | fold;
  switch (first) {
    case 0x73: // s
    case 0x74: // t
    case 0x6d: // m
    case 0x64: // d
      return at + 2;
    case 0x72: // re
    case 0x76: // ve
      return at + 2 < bytes.length && (bytes[at + 2]! | fold) === 0x65 ? at + 3 : at;
    case 0x6c: // ll
      return at + 2 < bytes.length && (bytes[at + 2]! | fold) === 0x6c ? at + 3 : at;
    default:
      // U+017F, the long s, folds to s.
      return ignoreCase && bytes[at + 1] === 0xc5 && bytes[at + 2] === 0xbf ? at + 3 : at;
  }
}

/** `\s+(?!\S)|\s+`: a run of white space keeps its last code point for what follows it, if anything does. */
function whiteSpace(bytes: Uint8Array, start: number, runEnd: number): number {
  if (runEnd === bytes.length) return runEnd;
  const last = previous(bytes, runEnd);
  return last > start ? last : runEnd;
}

/** `\s*[\r\n]+|\s+(?!\S)|\s+`: up to and with the last newline of the run, where it has one. */
function linesOrWhiteSpace(input: SplitInput, start: number): number {
  const { bytes } = input;
  const runEnd = skip(input, start, SPACE);
  for (let at = runEnd; at > start; at--) {
    const byte = bytes[at - 1]!;
    if (byte === 0x0a || byte === 0x0d) return at;
  }
  return whiteSpace(bytes, start, runEnd);
}

/** `\p{N}{1,limit}` */
function digits(input: SplitInput, start: number, limit: DigitRule): number {
  let at = start;
  for (let count = 0; count < limit && (classAt(input, at) & NUMBER) !== 0; count++) {
    at += width(input.bytes[at]!);
  }
  return at;
}

/**
 * ` ?[^\s\p{L}\p{N}]+` and the tail that `tail` accepts after it; `start` where it does not match.
 *
 * The pattern ends in `[\r\n]*` (or `[\r\n/]*`), so the tail never has to give anything back.
 */
function symbols(input: SplitInput, start: number, slash: boolean): number {
  const { bytes } = input;
  const from = bytes[start] === ASCII_SPACE ? start + 1 : start;
  let at = skip(input, from, SYMBOL);
  if (at === from) return start;
  while (at < bytes.length) {
    const byte = bytes[at]!;
    if (byte !== 0x0a && byte !== 0x0d && !(slash && byte === SLASH)) break;
    at++;
  }
  return at;
}

/**
 * The end of a word in plain ASCII, which most pieces are: a lead, capitals, small letters, and after them an
 * ASCII byte that is no letter of the word and starts no contraction. Returns `start` where the text is
 * anything else, and then the whole pattern has to be tried.
 *
 * @param mixed whether small and capital letters make one word (`\p{L}+`); otherwise capitals end it
 *   (`U*W+`, where U and W share no ASCII letter).
 */
function asciiWord({ bytes, classes }: SplitInput, start: number, mixed: boolean): number {
  const lead = bytes[start]!;
  if (lead >= 0x80 || lead === APOSTROPHE) return start;
  const kind = classes[lead]!;
  if ((kind & (LEAD | LETTER)) === 0) return start;
  let at = (kind & LEAD) === 0 ? start : start + 1;
  const from = at;
  let byte = at < bytes.length ? bytes[at]! : 0x80;
  while (byte >= 0x41 && byte <= 0x5a) byte = ++at < bytes.length ? bytes[at]! : 0x80;
  const lower = at;
  while (byte >= 0x61 && byte <= 0x7a) byte = ++at < bytes.length ? bytes[at]! : 0x80;
  if (mixed) {
    while ((byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a)) {
      byte = ++at < bytes.length ? bytes[at]! : 0x80;
    }
    return at > from && byte < 0x80 ? at : start;
  }
  return at > lower && byte < 0x80 && byte !== APOSTROPHE ? at : start;
}

/** `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` */
function gpt2(input: SplitInput, start: number): number {
  const { bytes } = input;
  const short = contraction(bytes, start, false);
  if (short > start) return short;
  const from = bytes[start] === ASCII_SPACE ? start + 1 : start;
  const kind = classAt(input, from);
  if ((kind & LETTER) !== 0) return skip(input, from, LETTER);
  if ((kind & NUMBER) !== 0) return skip(input, from, NUMBER);
  if ((kind & SYMBOL) !== 0) return skip(input, from, SYMBOL);
  return whiteSpace(bytes, start, skip(input, start, SPACE));
}

/**
 * `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
 */
function cl100k(input: SplitInput, start: number, limit: DigitRule): number {
  const { bytes } = input;
  const word = asciiWord(input, start, true);
  if (word > start) return word;
  const short = contraction(bytes, start, true);
  if (short > start) return short;
  const kind = classAt(input, start);
  if ((kind & LETTER) !== 0) return skip(input, start, LETTER);
  if ((kind & LEAD) !== 0) {
    const from = start + width(bytes[start]!);
    const end = skip(input, from, LETTER);
    if (end > from) return end;
  }
  if ((kind & NUMBER) !== 0) return digits(input, start, limit);
  const end = symbols(input, start, false);
  return end > start ? end : linesOrWhiteSpace(input, start);
}

/** `[Lu…]*[Ll…]+` from `from`: its end, or `from` where it does not match. */
function mixedCase(input: SplitInput, from: number): number {
  const { bytes } = input;
  const upperEnd = skip(input, from, UPPERISH);
  const lowerEnd = skip(input, upperEnd, LOWERISH);
  if (lowerEnd > upperEnd) return lowerEnd;
  // Nothing lower follows: the first part gives back up to its last code point that the second accepts too.
  for (let at = upperEnd; at > from; ) {
    const before = previous(bytes, at);
    if ((classAt(input, before) & BOTH) !== 0) return at;
    at = before;
  }
  return from;
}

/**
 * `P?U*W+(?i:'s|…)?|P?U+W*(?i:'s|…)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+` with
 * P = `[^\r\n\p{L}\p{N}]`, U = `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`, W = `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`.
 */
function o200k(input: SplitInput, start: number): number {
  return casedWords(input, start, 3, true);
}

/** The same without contractions, and each digit a piece. */
function tekken(input: SplitInput, start: number): number {
  return casedWords(input, start, 1, false);
}

/** @param contracts whether a contraction belongs to the word before it. */
function casedWords(input: SplitInput, start: number, limit: DigitRule, contracts: boolean): number {
  const { bytes } = input;
  const word = asciiWord(input, start, false);
  if (word > start) return word;
  const kind = classAt(input, start);
  const led = (kind & LEAD) !== 0;
  const from = led ? start + width(bytes[start]!) : start;
  if ((classAt(input, from) & (LETTER | MARK)) !== 0) {
    const end = mixedCase(input, from);
    if (end > from) return contracts ? contraction(bytes, end, true) : end;
  }
  if (led && (kind & MARK) !== 0) {
    // A mark can lead, and it can be a letter's part: without a lead, it is the word itself.
    const end = mixedCase(input, start);
    return contracts ? contraction(bytes, end, true) : end;
  }
  const upperEnd = skip(input, from, UPPERISH);
  if (upperEnd > from) return contracts ? contraction(bytes, upperEnd, true) : upperEnd;
  if ((kind & NUMBER) !== 0) return digits(input, start, limit);
  const end = symbols(input, start, true);
  return end > start ? end : linesOrWhiteSpace(input, start);
}

const CONTRACTIONS = "'s|'t|'re|'ve|'m|'ll|'d";
const CL100K_HEAD = `(?i:${CONTRACTIONS})|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|`;
const CL100K_TAIL = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const WORD = `[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]`;
const LOW = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';

/** The pattern of GPT-2, r50k and p50k, and what `ByteLevel` with `use_regex` stands for. */
export const GPT2_PATTERN: string = `${CONTRACTIONS}| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+`;

/** The pattern of cl100k_base and Llama 3, and Qwen's, which cuts digits one by one. */
export const CL100K_PATTERN: string = `${CL100K_HEAD}\\p{N}{1,3}${CL100K_TAIL}`;
export const QWEN_PATTERN: string = `${CL100K_HEAD}\\p{N}${CL100K_TAIL}`;
/** The pattern of o200k_base. */
export const O200K_PATTERN: string = `${WORD}*${LOW}+(?i:${CONTRACTIONS})?|${WORD}+${LOW}*(?i:${CONTRACTIONS})?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

const SPLITTERS: ReadonlyMap<string, NextPiece> = new Map<string, NextPiece>([
  [GPT2_PATTERN, gpt2],
  [CL100K_PATTERN, (input, start) => cl100k(input, start, 3)],
  [QWEN_PATTERN, (input, start) => cl100k(input, start, 1)],
  [O200K_PATTERN, o200k],
]);

/** The pattern of Mistral's tekken.json: docs/interop.md. */
const TEKKEN_PATTERN: string = `${WORD}*${LOW}+|${WORD}+${LOW}*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

/** The splitter of a pattern string, or `undefined` for a pattern that this module does not know. */
export function splitterOf(pattern: string): NextPiece | undefined {
  return pattern === TEKKEN_PATTERN ? tekken : SPLITTERS.get(pattern);
}

/** Whether a pattern is one of those that docs/spec.md, section 7.1, has for a tokenizer.json. */
export function isSpecPattern(pattern: string): boolean {
  return SPLITTERS.has(pattern);
}
