/** Reads the names of assistants and makers at a place of a text. */
import { ASSISTANTS, type Assistant } from './assistants.ts';

/** A name that stands in a text. */
export interface FoundName {
  readonly assistant: Assistant;
  /** Whether people or things have it too. */
  readonly shared: boolean;
  /** `[start, end)`, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

// A name's own number or size, "4 turbo", "3.5 Sonnet" or "R1", belongs to it.
const VERSION =
  '(?:\\.\\d{1,2})?(?:[ -]?(?:[vrkm]?\\d{1,3}(?:\\.\\d{1,2})?[a-z]?|turbo|mini|plus|pro|ultra|nano|flash|opus|sonnet|haiku|chat|instruct|max|air|coder|reasoner|zero|super|large|small|medium|preview|thinking|oss)(?![\\p{L}\\p{N}])){0,4}';
// Suffixes of cases come after a name: OpenAI's, OpenAI에서, 由OpenAI开发. Only Latin letters go on with a Latin name.
const NOT_IN_WORD = '(?<![\\p{Script=Latin}\\p{N}_])';
const NOT_GOING_ON = '(?![\\p{Script=Latin}\\p{N}_])';

const names = ASSISTANTS.flatMap(({ names = '(?!)', sharedNames = '(?!)' }) => [
  `(${names})`,
  `(${sharedNames})`,
]);
const NAME_SOURCE = `${NOT_IN_WORD}(?:${names.join('|')})${VERSION}${NOT_GOING_ON}`;
const NAME = new RegExp(NAME_SOURCE, 'iuy');
const MAKER_SOURCE = `${NOT_IN_WORD}(?:${ASSISTANTS.map(({ makers }) => `(${makers})`).join('|')})${NOT_GOING_ON}`;
const MAKER = new RegExp(MAKER_SOURCE, 'iuy');
const ANY_MAKER = new RegExp(MAKER_SOURCE, 'giu');

/** Reads the assistant's name that starts at a place. */
export function nameAt(text: string, start: number): FoundName | undefined {
  NAME.lastIndex = start;
  const match = NAME.exec(text);
  if (match === null) return undefined;
  const group = groupOf(match);
  return found(group >> 1, group % 2 === 1, start, NAME.lastIndex);
}

/** Reads the maker's name that starts at a place. */
export function makerAt(text: string, start: number): FoundName | undefined {
  MAKER.lastIndex = start;
  const match = MAKER.exec(text);
  return match === null ? undefined : found(groupOf(match), false, start, MAKER.lastIndex);
}

/** Lists the makers' names in a short text. */
export function makersIn(text: string): readonly FoundName[] {
  return Array.from(text.matchAll(ANY_MAKER)).flatMap((match) => {
    const name = found(groupOf(match), false, match.index, match.index + match[0].length);
    return name === undefined ? [] : [name];
  });
}

function groupOf(match: RegExpExecArray | RegExpMatchArray): number {
  return match.findIndex((group, i) => i > 0 && group !== undefined) - 1;
}

function found(index: number, shared: boolean, start: number, end: number): FoundName | undefined {
  const assistant = ASSISTANTS[index];
  return assistant && { assistant, shared, start, end };
}
