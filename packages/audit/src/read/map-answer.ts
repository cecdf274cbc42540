import { WatermarkError } from '@countermark/watermark/scheme';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { Prediction } from './record.ts';
import { bytesOf, isPartOfCharacter, type SuspectToken } from './suspect-token.ts';
import type { TokenMap } from './token-map.ts';

/** What the map from the suspect's tokens to the key's kept, over an audit. */
export interface MappingCounts {
  /** Tokens of the suspect with a list. */
  readonly lists: number;
  /** Of these, no list of probabilities. */
  readonly broken: number;
  /** Positions of the key's tokens with predictions. */
  readonly positions: number;
  /** Probability in all lists that are none of the broken ones. */
  readonly listedMass: number;
  /** What of it counts. */
  readonly mappedMass: number;
}

/** The same, still growing. */
export type Mapping = { -readonly [K in keyof MappingCounts]: number };

/**
 * Brings the suspect's lists to the positions of the key's tokens: to each at whose first byte a token of the suspect begins.
 *
 * Weights then do not depend on the key: docs/statistics.md, section 19.7. Only for texts that the suspect wrote.
 *
 * @param tokenIds `[n]`, the text's by the key's tokenizer.
 * @param mapping  counts on.
 * @returns `[n]`.
 */
export function mapAnswer(
  map: TokenMap,
  tokenizer: Tokenizer,
  {
    text,
    tokenIds,
    tokens,
  }: { readonly text: string; readonly tokenIds: Uint32Array; readonly tokens: readonly SuspectToken[] },
  mapping: Mapping,
): (Prediction | undefined)[] {
  const places = placesOf(tokenizer, tokenIds, text);
  const predictions: (Prediction | undefined)[] = new Array(tokenIds.length).fill(undefined);
  const bytes = Buffer.from(text, 'utf8');
  let at = 0;
  // Until the suspect's tokens spell something else than the text, or nobody knows what.
  let isSpelt = true;
  let isWithin = false;
  for (const token of tokens) {
    const own = bytesOf(token);
    const isPart = isPartOfCharacter(token);
    isSpelt &&= isPart || (own !== undefined && bytes.subarray(at, at + own.length).equals(own));
    // Within a character an entry's text is that of the whole character, so that its bytes are not known.
    const position = isSpelt && !isWithin ? places.get(at) : undefined;
    take(map, token, position, predictions, mapping);
    at += own?.length ?? 0;
    isWithin = isPart;
  }
  return predictions;
}

function take(
  map: TokenMap,
  token: SuspectToken,
  position: number | undefined,
  predictions: (Prediction | undefined)[],
  mapping: Mapping,
): void {
  if (token.top.length === 0) return;
  mapping.lists++;
  const list = map.list(token.top, token);
  if (list === undefined) {
    mapping.broken++;
    return;
  }
  mapping.listedMass += list.listed;
  if (position === undefined) return;
  mapping.positions++;
  mapping.mappedMass += list.mapped;
  predictions[position] = list.prediction;
}

/** Positions of the key's tokens by the byte that they begin at; none where the tokenizer rewrites the text. */
function placesOf(tokenizer: Tokenizer, tokenIds: Uint32Array, text: string): Map<number, number> {
  try {
    const offsets = tokenizer.byteOffsets(tokenIds, text);
    const places = new Map<number, number>();
    // Of tokens without bytes the last counts, which is the one that the text goes on with.
    for (let i = 0; i < tokenIds.length; i++) places.set(offsets[i] ?? 0, i);
    return places;
  } catch (error) {
    if (error instanceof WatermarkError && error.code === 'tokenizer-mismatch') return new Map();
    throw error;
  }
}
