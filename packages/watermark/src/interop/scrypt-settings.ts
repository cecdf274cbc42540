/**
 * How foreign keys' ids are derived, whichever program does it.
 *
 * One try takes some 60 ms and 32 MiB: foreign keys are often short, and a key id must not be a quick test of a guess.
 */
export const SCRYPT_SETTINGS: Readonly<Record<'N' | 'r' | 'p' | 'maxmem', number>> = {
  N: 2 ** 15,
  r: 8,
  p: 1,
  maxmem: 2 ** 26,
};
