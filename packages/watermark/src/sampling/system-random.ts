import { randomBytes } from '@noble/hashes/utils.js';
import { seededRandom } from './random.ts';

/** Returns a source of uniform numbers in (0, 1), seeded with 32 bytes of the system's cryptographic generator. */
export function systemRandom(): () => number {
  return seededRandom(randomBytes(32));
}
