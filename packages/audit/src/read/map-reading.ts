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
  const begun = beginnings(tokenizer, tokenIds);
  return own.map((token, i) => {
    const id = tokenIds[i] ?? 0;
    const { top } = token;
    const before = begun[i] ?? NOTHING;
    if (!isSameToken(token, id, before, tokenizer, i)) throw otherTokens(tokenIds.length, own.length, i);
    if (top.length === 0) {
      if (i === 0) return undefined;
      throw new RangeError(`"tokens" expected likeliest tokens at position ${i}, got none`);
    }
    // Within a character the text of an entry may be that of the whole character. What came before decides it.
    if (before.length > 0 && !top.every(isById)) return undefined;
    return predictionOf(map, tokenizer, likelierHalf(top, asked, i), i);
  });
}

const NOTHING = Buffer.alloc(0);

/** For each token the bytes of the character that is begun before it, and not ended. */
function beginnings(tokenizer: Tokenizer, tokenIds: Uint32Array): Buffer[] {
  let begun = NOTHING;
  let missing = 0;
  return Array.from(tokenIds, (id) => {
    const before = begun;
    const bytes = tokenizer.tokenBytes(id);
    begun = Buffer.concat([begun, bytes]);
    for (const byte of bytes) {
      if (missing > 0) missing--;
      else missing = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
    }
    if (missing === 0) begun = NOTHING;
    return before;
  });
}

function isById({ id }: SuspectEntry): boolean {
  return id !== undefined;
}

function isSameToken(
  token: SuspectToken,
  id: number,
  before: Buffer,
  tokenizer: Tokenizer,
  position: number,
): boolean {
  if (token.top.some(isById)) return token.top.some((entry) => entry.id === id);
  // Of the first token a list of ids may be missing, and of a part of a character the text.
  if (token.token === '' && position === 0) return true;
  const bytes = bytesOf(token);
  if (bytes === undefined) return true;
  const own = tokenizer.tokenBytes(id);
  return [own, Buffer.concat([before, own])].some((expected) => Buffer.from(bytes).equals(expected));
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
  const list = entries.every(isById)
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
