import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const PREFIX = 'cmk';
const FORM = /^cmk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** A new API key: its id is public, its token is shown once, and only the token's hash is kept. */
export interface NewApiKey {
  /** 12 hex digits. */
  readonly id: string;
  /** What clients send as `Authorization: Bearer`. */
  readonly token: string;
  /** SHA-256 of the token, `[32]`. */
  readonly hash: Uint8Array;
}

/** Makes an API key. Its secret has 256 bits, so that a plain hash cannot be inverted by guessing. */
export function createApiKey(): NewApiKey {
  const id = randomBytes(6).toString('hex');
  const token = `${PREFIX}_${id}_${randomBytes(32).toString('base64url')}`;
  return { id, token, hash: hashToken(token) };
}

/** Returns the id that a token claims, or undefined if it is no token. */
export function claimedId(token: string): string | undefined {
  return FORM.exec(token)?.[1];
}

/** Whether a token has a hash; takes the same time whatever differs. */
export function hasHash(token: string, hash: Uint8Array): boolean {
  return hash.length === 32 && timingSafeEqual(hashToken(token), hash);
}

function hashToken(token: string): Uint8Array {
  return hash('sha256', token, 'buffer');
}
