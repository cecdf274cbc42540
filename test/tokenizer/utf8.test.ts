import { Buffer, isUtf8 } from 'node:buffer';
import { seededRandom } from '@countermark/watermark';
import { decodeUtf8 } from '@countermark/watermark/tokenizer';
import { describe, expect, it } from 'vitest';

describe('decodeUtf8', () => {
  it.each([
    ['a continuation byte on its own', [0x61, 0x80], 1],
    ['a lead byte at the end', [0x61, 0x62, 0xe2, 0x82], 2],
    ['a sequence broken off', [0xe2, 0x82, 0x61], 0],
    ['an overlong slash', [0x61, 0xc0, 0xaf], 1],
    ['an overlong sequence of three', [0xe0, 0x9f, 0xbf], 0],
    ['an overlong sequence of four', [0xf0, 0x8f, 0xbf, 0xbf], 0],
    ['a surrogate', [0xc3, 0xa9, 0xed, 0xa0, 0x80], 2],
    ['a code point past U+10FFFF', [0xf4, 0x90, 0x80, 0x80], 0],
    ['a byte that UTF-8 never has', [0x61, 0x62, 0x63, 0xff], 3],
    ['a fault after a byte order mark', [0xef, 0xbb, 0xbf, 0xff], 3],
  ])('refuses %s, naming its byte', (comment, bytes, at) => {
    expect(() => decodeUtf8(Uint8Array.from(bytes)), comment).toThrow(
      expect.objectContaining({
        name: 'WatermarkError',
        code: 'invalid-utf8',
        message: `not UTF-8 at byte ${at}`,
      }),
    );
  });

  it('refuses exactly what Node refuses, at the end of the longest prefix that Node takes', () => {
    const random = seededRandom('broken UTF-8');
    const text = Buffer.from('aé€🙂 \u07ff\u0800\ufffd\u{10000}\u{10ffff}\ud7ff\ue000');
    let refused = 0;
    for (let i = 0; i < 2000; i++) {
      const bytes = Uint8Array.from(text);
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      if (isUtf8(bytes)) {
        expect(decodeUtf8(bytes)).toBe(Buffer.from(bytes).toString());
        continue;
      }
      refused++;
      const lengths = Array.from({ length: bytes.length }, (_, length) => length);
      const valid = lengths.findLast((length) => isUtf8(bytes.subarray(0, length)));
      expect(() => decodeUtf8(bytes)).toThrow(`not UTF-8 at byte ${valid}`);
    }
    // 19 of 32 bytes are continuation bytes, for which 3 of 4 values are wrong; many of the rest break too.
    expect(refused).toBeGreaterThan(800);
  });

  it('takes one byte order mark off the front, and no other', () => {
    const mark = [0xef, 0xbb, 0xbf];
    expect(decodeUtf8(Uint8Array.from([...mark, 0x61]))).toBe('a');
    expect(decodeUtf8(Uint8Array.from([...mark, ...mark, 0x61, ...mark]))).toBe('\ufeffa\ufeff');
    expect(decodeUtf8(new Uint8Array(0))).toBe('');
  });
});
