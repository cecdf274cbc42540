/** What a key's p-values rest on, and how small they can be: docs/statistics.md section 18.6. */
import type { Basis, MarkKey } from '@countermark/watermark/scheme';

/** What a key's p-values rest on. */
export interface Grounds {
  readonly basis: Basis;
  /** Bits of the key that texts can depend on. */
  readonly keyBits: number;
  /** log10 of the least p-value that the key supports: whoever guesses so much of it makes what text he likes. */
  readonly log10Floor: number;
}

/** Returns what the p-values of a key rest on. */
export function groundsOf({ basis, strength: { keyBits, drawBits } }: MarkKey): Grounds {
  return { basis, keyBits, log10Floor: -Math.min(keyBits, drawBits) * Math.log10(2) };
}
