import { z } from 'zod';
import { CommandError } from './command-error.ts';
import { inputName, readText } from './read-input.ts';

/** One thing to test: a text, or token ids. */
export interface InputDocument {
  /** The file's name, with the line for JSON Lines. */
  readonly name: string;
  readonly content: string | readonly number[];
}

const TokenIds = z.array(z.int().min(0));
// A bare array, or what `generate --format json` prints.
const IdsDocument = z.union([
  TokenIds,
  z.looseObject({ tokenIds: TokenIds }).transform(({ tokenIds }) => tokenIds),
]);

/**
 * Reads the documents of one file: a text is one document; token ids are one JSON value, or one a line.
 *
 * @throws {CommandError} naming the file, and the line, if it cannot be read as that.
 */
export async function readDocuments(path: string, ids: boolean): Promise<InputDocument[]> {
  const name = inputName(path);
  const text = await readText(path);
  if (!ids) return [{ name, content: text }];
  const whole = parseJson(text);
  if (whole !== undefined) return [{ name, content: tokenIds(name, whole) }];
  const lines = text
    .split('\n')
    .map((line, i) => ({ line, place: `${name}:${i + 1}` }))
    .filter(({ line }) => line.trim() !== '');
  if (lines.length === 0) throw new CommandError(`${name}: holds no token ids`);
  return lines.map(({ line, place }) => {
    const value = parseJson(line);
    if (value === undefined) throw new CommandError(`${place}: not valid JSON`);
    return { name: place, content: tokenIds(place, value) };
  });
}

function tokenIds(place: string, value: unknown): readonly number[] {
  const parsed = IdsDocument.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CommandError(
    `${place}: neither an array of token ids, which are non-negative integers, nor an object with one as "tokenIds"`,
  );
}

// The parser's own message quotes the text.
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
