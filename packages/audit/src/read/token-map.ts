import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { Prediction } from './record.ts';
import { bytesOf, probabilityOf, type SuspectEntry } from './suspect-token.ts';

/** More than one token has these bytes. */
const SEVERAL = -1;
/** A little more than 1: endpoints round. */
const MOST_MASS = 1.01;

/** A list of the suspect's, in the key's tokens. */
export interface MappedList {
  readonly prediction: Prediction;
  /** Probability in the list. */
  readonly listed: number;
  /** What of it has a token of the key's. */
  readonly mapped: number;
}

/** From the suspect's tokens to those of the key's tokenizer, by their bytes: one to one, or not at all. */
export class TokenMap {
  readonly #ids = new Map<string, number>();

  /** Reads the whole vocabulary. */
  constructor(tokenizer: Tokenizer) {
    for (let id = 0; id < tokenizer.vocabSize; id++) {
      const bytes = bytesOfId(tokenizer, id);
      if (bytes === undefined || bytes.length === 0) continue;
      const name = nameOf(bytes);
      this.#ids.set(name, this.#ids.has(name) ? SEVERAL : id);
    }
  }

  /** The one token of these bytes; undefined if there is none, or several. */
  idOf(bytes: Uint8Array): number | undefined {
    const id = this.#ids.get(nameOf(bytes));
    return id === SEVERAL ? undefined : id;
  }

  /**
   * Maps a list.
   *
   * @param drawn a token that counts though it is not listed; undefined where none does.
   * @returns undefined where the list is none: a probability that is no number, or more than 1 in all.
   */
  list(entries: readonly SuspectEntry[], drawn?: SuspectEntry): MappedList | undefined {
    const isListed = drawn === undefined || entries.some((entry) => isSame(entry, drawn));
    const isUsable = drawn !== undefined && probabilityOf(drawn) !== undefined;
    const all = isListed || !isUsable ? entries : [...entries, drawn];
    const weights = new Map<number, number>();
    const repeated = new Set<number>();
    let listed = 0;
    for (const entry of all) {
      const probability = probabilityOf(entry);
      if (probability === undefined) return undefined;
      listed += probability;
      const bytes = bytesOf(entry);
      const id = bytes === undefined ? undefined : this.idOf(bytes);
      if (id === undefined) continue;
      if (weights.has(id)) repeated.add(id);
      weights.set(id, probability);
    }
    if (listed > MOST_MASS) return undefined;
    for (const id of repeated) weights.delete(id);
    const prediction = [...weights];
    return { prediction, listed, mapped: prediction.reduce((sum, [, probability]) => sum + probability, 0) };
  }
}

function isSame(a: SuspectEntry, b: SuspectEntry): boolean {
  const [first, second] = [bytesOf(a), bytesOf(b)];
  if (first === undefined || second === undefined) return a.token === b.token;
  return nameOf(first) === nameOf(second);
}

function nameOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function bytesOfId(tokenizer: Tokenizer, id: number): Uint8Array | undefined {
  try {
    return tokenizer.tokenBytes(id);
  } catch (error) {
    // Some ids stand for nothing.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
