import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { Prediction } from './record.ts';
import { bytesOf, probabilityOf, type SuspectEntry, type SuspectToken } from './suspect-token.ts';
import type { TokenMap } from './token-map.ts';

/** Fewest log-probabilities that reading through an endpoint asks for. */
export const LEAST_READ = 4;

/** A text that a suspect read, with what it predicted. */
export interface ReadText {
  /** Uint32Array `[n]`, the text's by the key's tokenizer. */
  readonly tokenIds: Uint32Array;
  /** Each token with the likeliest ones at its place; the first may be one that begins every text. */
  readonly tokens: readonly SuspectToken[];
  /** How many of the likeliest were asked for, at least {@link LEAST_READ}. */
  readonly asked: number;
}

/**
 * Takes what a suspect predicted of the tokens of a text.
 *
 * An endpoint adds the token that came to the likeliest ones, and the text may be marked: so of those asked for the likelier half counts, which
 * is the same whatever came. For the same reason the suspect's tokens have to be the key's at every place: docs/statistics.md, section 19.7.
 *
 * @returns `[n]`; undefined at the first token, of which nothing is predicted.
 * @throws {RangeError} if the tokens are not the key's, or a list is not as it was asked for.
 */
export function mapReading(
  map: TokenMap,
  tokenizer: Tokenizer,
  { tokenIds, tokens, asked }: ReadText,
): (Prediction | undefined)[] {
  if (!(asked >= LEAST_READ)) throw new RangeError(`"asked" expected at least ${LEAST_READ}, got ${asked}`);
  const own = tokens.length === tokenIds.length + 1 ? tokens.slice(1) : tokens;
  if (own.length !== tokenIds.length) throw otherTokens(tokenIds.length, own.length);
  return own.map((token, i) => {
    const id = tokenIds[i] ?? 0;
    const { top } = token;
    if (!isSameToken(token, id, tokenizer, i)) throw otherTokens(tokenIds.length, own.length, i);
    if (top.length === 0) {
      if (i === 0) return undefined;
      throw new RangeError(`"tokens" expected likeliest tokens at position ${i}, got none`);
    }
    return predictionOf(map, tokenizer, likelierHalf(top, asked, i), i);
  });
}

function isSameToken(token: SuspectToken, id: number, tokenizer: Tokenizer, position: number): boolean {
  const isById = token.top.some((entry) => entry.id !== undefined);
  if (isById) return token.top.some((entry) => entry.id === id);
  // Of the first token a list of ids may be missing, and of a part of a character the text.
  if (token.token === '' && position === 0) return true;
  const bytes = bytesOf(token);
  return bytes === undefined || Buffer.from(bytes).equals(tokenizer.tokenBytes(id));
}

/** The entries that are likelier than the one behind the half of those asked for: the same whatever token came. */
function likelierHalf(top: readonly SuspectEntry[], asked: number, position: number): SuspectEntry[] {
  const half = Math.ceil(asked / 2);
  // Entries whose bytes are not known may be several tokens in one.
  const known = top.filter((entry) => entry.id !== undefined || bytesOf(entry) !== undefined);
  if (known.length < half + 2) {
    throw new RangeError(
      `"tokens" expected some ${asked} likeliest tokens at position ${position}, got ${known.length} of known bytes: the likelier half cannot be told`,
    );
  }
  const probabilities = known.map((entry) => {
    const probability = probabilityOf(entry);
    if (probability === undefined)
      throw new RangeError(`"tokens" expected probabilities at position ${position}`);
    return probability;
  });
  const behind = probabilities.toSorted((a, b) => b - a)[half] ?? 0;
  return known.filter((_, i) => (probabilities[i] ?? 0) > behind);
}

function predictionOf(
  map: TokenMap,
  tokenizer: Tokenizer,
  entries: readonly SuspectEntry[],
  position: number,
): Prediction {
  const isById = entries.every(({ id }) => id !== undefined);
  const list = isById
    ? entries.flatMap((entry) =>
        (entry.id ?? 0) < tokenizer.vocabSize ? [[entry.id ?? 0, probabilityOf(entry) ?? 0] as const] : [],
      )
    : map.list(entries)?.prediction;
  if (list === undefined)
    throw new RangeError(`"tokens" expected probabilities of at most 1 at position ${position}`);
  return list;
}

function otherTokens(expected: number, found: number, position?: number): RangeError {
  const where =
    position === undefined ? `${expected} tokens, got ${found}` : `the key's token at position ${position}`;
  return new RangeError(
    `"tokens" expected ${where}: the suspect cuts the text in another way than the key's tokenizer`,
  );
}
