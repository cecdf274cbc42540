import { createHash } from 'node:crypto';
import { WatermarkKey } from '@countermark/watermark';

/**
 * Makes a manifest's decoy keys: the same in every task, and with no relation to any real key.
 *
 * @param keys  the keys whose parameters they have.
 * @param count for each key.
 * @param seed  the manifest's.
 * @returns decoys by key, then by number: `[keys * count]`.
 */
export function decoyKeys(keys: readonly WatermarkKey[], count: number, seed: string): WatermarkKey[] {
  return keys.flatMap((key) =>
    Array.from({ length: count }, (_, i) => {
      const secret = createHash('sha256').update(`countermark decoy ${seed} ${key.keyId} ${i}`).digest();
      return new WatermarkKey(key.params, secret);
    }),
  );
}
