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
const TOKEN_IDS = 'token ids, which are non-negative integers, nor an object with one as "tokenIds"';

const Probabilities = z.array(z.number());
const ProbabilitiesDocument = z.union([
  Probabilities,
  z.looseObject({ probabilities: Probabilities }).transform(({ probabilities }) => probabilities),
]);
const PROBABILITIES = 'probabilities, which are numbers, nor an object with one as "probabilities"';

/**
 * Reads the documents of one file: a text is one document; token ids are one JSON value, or one a line.
 *
 * @throws {CommandError} naming the file, and the line, if it cannot be read as that.
 */
export async function readDocuments(path: string, ids: boolean): Promise<InputDocument[]> {
  if (!ids) return [{ name: inputName(path), content: await readText(path) }];
  return (await readValues(path, 'token ids')).map(({ place, value }) => ({
    name: place,
    content: numbersOf(IdsDocument, place, value, TOKEN_IDS),
  }));
}

/**
 * Reads the probabilities of the tokens of each document: one JSON value, or one a line.
 *
 * @throws {CommandError} naming the file, and the line, if it cannot be read as that.
 */
export async function readProbabilities(path: string): Promise<number[][]> {
  return (await readValues(path, 'probabilities')).map(({ place, value }) =>
    numbersOf(ProbabilitiesDocument, place, value, PROBABILITIES),
  );
}

// The JSON values of a file, each with the place that a message names.
async function readValues(
  path: string,
  what: string,
): Promise<{ readonly place: string; readonly value: unknown }[]> {
  const name = inputName(path);
  const text = await readText(path);
  const whole = parseJson(text);
  if (whole !== undefined) return [{ place: name, value: whole }];
  const lines = text
    .split('\n')
    .map((line, i) => ({ line, place: `${name}:${i + 1}` }))
    .filter(({ line }) => line.trim() !== '');
  if (lines.length === 0) throw new CommandError(`${name}: holds no ${what}`);
  return lines.map(({ line, place }) => {
    const value = parseJson(line);
    if (value === undefined) throw new CommandError(`${place}: not valid JSON`);
    return { place, value };
  });
}

function numbersOf(schema: z.ZodType<number[]>, place: string, value: unknown, expected: string): number[] {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CommandError(`${place}: neither an array of ${expected}`);
}

// The parser's own message quotes the text.
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
