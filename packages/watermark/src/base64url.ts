/** RFC 4648 section 5 without padding, by no function of the host: Node 20 has none for bytes but `Buffer`. */

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Writes bytes in base64url. */
export function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= 6) {
      held -= 6;
      text += DIGITS.charAt((bits >> held) & 63);
    }
    bits &= 63;
  }
  return held === 0 ? text : text + DIGITS.charAt((bits << (6 - held)) & 63);
}

/**
 * Reads base64url.
 *
 * @param text digits of the alphabet only; bits that make no whole byte are dropped.
 * @returns bytes in memory of their own, so that whoever wipes them wipes all.
 */
export function fromBase64Url(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 6) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of text) {
    bits = ((bits << 6) | DIGITS.indexOf(digit)) & 0xfff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at++] = (bits >> held) & 0xff;
  }
  return bytes;
}
