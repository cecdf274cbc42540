import { Tiktoken } from 'tiktoken/lite';

/** Ranks of single bytes only: what a pattern does not match is dropped, and all else comes back byte by byte. */
const BYTE_RANKS = `! 0 ${Array.from({ length: 256 }, (_, byte) => Buffer.from([byte]).toString('base64')).join(' ')}`;

/**
 * Returns the code points that a class matches, by the regular-expression engine inside tiktoken. Its tables are those of Unicode
 * 16.0, whatever this runtime's are.
 */
export function codePointsOf(pattern: string): Set<number> {
  const engine = new Tiktoken(BYTE_RANKS, {}, pattern);
  const members = new Set<number>();
  for (let block = 0; block < 0x110000; block += 0x800) {
    // A block is 0x800 long, so that the surrogates are one.
    if (block === 0xd800) continue;
    const text = Array.from({ length: 0x800 }, (_, i) => String.fromCodePoint(block + i)).join('');
    const bytes = Uint8Array.from(engine.encode_ordinary(text));
    for (const character of new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)) {
      members.add(character.codePointAt(0)!);
    }
  }
  engine.free();
  return members;
}

/** Every code point but the surrogates, ascending. */
export function allCodePoints(): number[] {
  return Array.from({ length: 0x110000 }, (_, c) => c).filter((c) => c < 0xd800 || c > 0xdfff);
}
