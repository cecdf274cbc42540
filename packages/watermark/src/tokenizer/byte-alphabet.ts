// Source: Radford et al. (2019), openai/gpt-2, encoder.py: a tokenizer.json writes the 256 bytes as 256 visible
// characters. Bytes that are visible Latin-1 characters stand for themselves, the others for U+0100 and up.

/** Returns the byte that each character of a byte-level vocabulary stands for. */
export function byteAlphabet(): ReadonlyMap<string, number> {
  const visible = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte !== 0xad);
  let next = 0x100;
  return new Map(
    Array.from({ length: 256 }, (_, byte) => [String.fromCharCode(visible(byte) ? byte : next++), byte]),
  );
}

/** Returns the bytes of a vocabulary entry, or `undefined` if one of its characters stands for no byte. */
export function alphabetBytes(alphabet: ReadonlyMap<string, number>, entry: string): Uint8Array | undefined {
  const bytes = new Uint8Array(entry.length);
  for (let i = 0; i < entry.length; i++) {
    const byte = alphabet.get(entry.charAt(i));
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
