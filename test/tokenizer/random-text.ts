import { seededRandom } from '@countermark/watermark';

// Ranges of code points, and lists of characters that the splitting patterns treat apart: white space of every
// kind, contractions and their look-alikes, letters without case, marks, numbers that are no digits.
const POOLS: readonly (readonly [number, number] | string)[] = [
  [0x20, 0x7e],
  [0x00, 0x24f],
  [0x250, 0x23ff],
  [0x3040, 0x30ff],
  [0x4e00, 0x9fff],
  [0xac00, 0xd7a3],
  [0x1f300, 0x1faff],
  [0x0, 0xffff],
  [0x0, 0x10ffff],
  ' \n\r\t\u00a0\u2028\u3000\u0085\u200b\ufeff',
  "'sStTmMdDlLrReEvV\u017f\u212a ",
  'aAbB\u02b0\u01c5\u05d0\u0300\u0e31\u00b2\u2160\u0661/-!',
  '/\n\r .a1',
];

/** Returns `count` texts of up to `most` draws, some of which are long runs of one character; all well-formed. */
export function randomTexts(seed: string, count: number, most = 60): string[] {
  const random = seededRandom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  return Array.from({ length: count }, () => {
    let text = '';
    let pool = POOLS[below(POOLS.length)]!;
    for (let left = 1 + below(most); left > 0; left--) {
      if (random() < 0.2) pool = POOLS[below(POOLS.length)]!;
      const character =
        typeof pool === 'string'
          ? pool.charAt(below(pool.length))
          : String.fromCodePoint(pool[0] + below(pool[1] - pool[0] + 1));
      text += character.repeat(random() < 0.05 ? 1 + below(200) : 1);
    }
    return withoutSurrogates(text);
  });
}

/** Returns `text` without surrogates that stand alone, as cutting a text anywhere leaves them. */
export function withoutSurrogates(text: string): string {
  return text.replace(/\p{Cs}/gu, '');
}
