/** What a key's p-values rest on, and how small they can be: docs/statistics.md section 18.6. */
import type { Basis } from '@countermark/watermark/interop';
import { type DetectionKey, isForeign } from '../detection-key.ts';

/** What a key's p-values rest on. */
export interface Grounds {
  readonly basis: Basis;
  /** Bits of the key that texts can depend on. */
  readonly keyBits: number;
  /** log10 of the least p-value that the key supports: whoever guesses so much of it makes what text he likes. */
  readonly log10Floor: number;
}

// What BLAKE3 promises for a key of 256 bits.
const OWN_KEY_BITS = 128;

/** Returns what the p-values of a key rest on. */
export function groundsOf(key: DetectionKey): Grounds {
  if (!isForeign(key)) {
    return { basis: 'law', keyBits: OWN_KEY_BITS, log10Floor: -OWN_KEY_BITS * Math.log10(2) };
  }
  const { keyBits, drawBits } = key.strength;
  return { basis: key.profile.basis, keyBits, log10Floor: -Math.min(keyBits, drawBits) * Math.log10(2) };
}
