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
  const whole = parseIds(text);
  if (whole !== undefined) return [{ name, content: whole }];
  const lines = text.split('\n').map((line, i) => ({ line, name: `${name}:${i + 1}` }));
  return lines
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, name: place }) => {
      const content = parseIds(line);
      if (content !== undefined) return { name: place, content };
      throw new CommandError(`${place}: not a JSON array of token ids, nor an object with "tokenIds"`);
    });
}

function parseIds(text: string): readonly number[] | undefined {
  try {
    return IdsDocument.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
