import { openDecoyBytes } from '@countermark/watermark/scheme';
import { binomialTailLog10 } from '../stats/binomial-tail.ts';
import { errUpwards } from '../stats/err-upwards.ts';

/** Keys that marked nothing, to compare a key with. */
export interface DecoyOptions {
  /** How many, R; integer in 0 … 1,000,000. The smallest rank p-value is 1 / (R + 1). */
  readonly count: number;
  /** Returns a fresh uniform secret `[32]`; by default they are derived from the key and the document. */
  readonly secret?: () => Uint8Array;
}

/** A key's p-value among those of decoy keys on the same document. Not corrected over keys or documents. */
export interface DecoyTest {
  /** Decoy keys R. */
  readonly count: number;
  /** Decoys whose p-value is at most the key's. */
  readonly atLeastAsStrong: number;
  /** log10 of (1 + atLeastAsStrong) / (R + 1): a p-value under any dependence between the scores of tokens. */
  readonly log10RankPValue: number;
  /** Decoys with p ≤ 0.01, of which about R / 100 are due. */
  readonly belowOnePercent: number;
  /** log10 of the binomial probability of so many or more. */
  readonly log10AlarmPValue: number;
  /** Whether that is at most 1e-6: p-values come out too small on this document, so none of them can be relied on. */
  readonly alarm: boolean;
  /** Where the decoys come from, 64 hex digits derived from key and document; absent where the caller drew them. */
  readonly seed?: string;
}

const MAX_COUNT = 1_000_000;
/** Just below 0.01, a multiple of 2^-32 as the binomial tail needs. */
const SMALL_NUMERATOR = 42_949_672;
const LOG10_SMALL = Math.log10(SMALL_NUMERATOR / 2 ** 32);
const LOG10_ALARM = -6;

/**
 * Checks that decoys can be drawn.
 *
 * @throws {RangeError} if `count` is out of range.
 */
export function checkDecoys({ count }: DecoyOptions): void {
  if (!Number.isInteger(count) || count < 0 || count > MAX_COUNT) {
    throw new RangeError(`"decoys.count" expected an integer in 0 … 1,000,000, got ${count}`);
  }
}

/**
 * Draws random keys with a key's parameters.
 *
 * @param seed of `decoySeed`, for the document: where they come from unless the options say.
 * @throws {RangeError} if `count` is out of range.
 */
export function* drawDecoys<K>(
  key: { redraw(bytes: (length: number) => Uint8Array): K },
  options: DecoyOptions,
  seed: string,
): Generator<K, void, void> {
  checkDecoys(options);
  const { count, secret } = options;
  const bytes = secret === undefined ? openDecoyBytes(seed) : bytesOf(secret);
  for (let i = 0; i < count; i++) {
    yield key.redraw(bytes);
  }
}

// A foreign key takes as many bytes as its secret has; those of a caller's come 32 at a time.
function bytesOf(secret: () => Uint8Array): (length: number) => Uint8Array {
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) bytes.set(secret().subarray(0, Math.min(32, length - at)), at);
    return bytes;
  };
}

/**
 * Ranks a key among decoys by their p-values, and asks whether those of the decoys are uniform.
 *
 * Two statements: docs/statistics.md section 15. If key and decoys are exchangeable, which independent uniform secrets are
 * to a document made without any of them, the rank is exact whatever the p-values are worth. And if p-values are what they
 * are said to be, the number of decoys at or below 0.01 is at most binomial: decoys are independent given the document.
 *
 * @param log10PValue log10 of the key's p-value.
 * @param decoys      `[R]`, log10 of the same p-value under each decoy.
 * @param seed        where the decoys come from, if they were derived.
 */
export function rankAmongDecoys(log10PValue: number, decoys: readonly number[], seed?: string): DecoyTest {
  const count = decoys.length;
  const atLeastAsStrong = decoys.filter((decoy) => decoy <= log10PValue).length;
  const belowOnePercent = decoys.filter((decoy) => decoy <= LOG10_SMALL).length;
  const log10AlarmPValue = errUpwards(binomialTailLog10(count, belowOnePercent, SMALL_NUMERATOR));
  return {
    count,
    atLeastAsStrong,
    log10RankPValue: Math.log10((1 + atLeastAsStrong) / (count + 1)),
    belowOnePercent,
    log10AlarmPValue,
    alarm: log10AlarmPValue <= LOG10_ALARM,
    ...(seed === undefined ? {} : { seed }),
  };
}
