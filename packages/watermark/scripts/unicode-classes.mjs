// Writes src/tokenizer/unicode-runs.ts: which class the regular-expression engine inside
// tiktoken gives every code point. Asking that engine, and not this runtime's \p{…}, keeps token ids the
// same on every Node version, whose Unicode tables differ.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { Tiktoken } = createRequire(import.meta.url)('tiktoken/lite');

// Ranks of single bytes only, and a pattern that matches one class: whatever it does not match is dropped.
const byteRanks = `! 0 ${Array.from({ length: 256 }, (_, b) => Buffer.from([b]).toString('base64')).join(' ')}`;

function codePointsOf(pattern) {
  const engine = new Tiktoken(byteRanks, {}, pattern);
  const members = new Set();
  for (let block = 0; block < 0x110000; block += 0x1000) {
    if (block >= 0xd800 && block <= 0xdfff) continue;
    let text = '';
    for (let cp = block; cp < block + 0x1000; cp++) {
      if (cp < 0xd800 || cp > 0xdfff) text += String.fromCodePoint(cp);
    }
    const bytes = Uint8Array.from(engine.encode_ordinary(text));
    for (const char of new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)) {
      members.add(char.codePointAt(0));
    }
  }
  engine.free();
  return members;
}

const classes = [
  ['u', codePointsOf('[\\p{Lu}\\p{Lt}]')],
  ['l', codePointsOf('\\p{Ll}')],
  ['c', codePointsOf('[\\p{Lm}\\p{Lo}]')],
  ['m', codePointsOf('\\p{M}')],
  ['n', codePointsOf('\\p{N}')],
  ['r', codePointsOf('[\\r\\n]')],
  ['s', codePointsOf('[\\s--[\\r\\n]]')],
];

function classOf(cp) {
  const found = classes.filter(([, members]) => members.has(cp));
  if (found.length > 1) throw new Error(`code point ${cp} is in ${found.length} classes`);
  return found.length === 1 ? found[0][0] : 'o';
}

let runs = '';
for (let cp = 0; cp < 0x110000; ) {
  const name = classOf(cp);
  const start = cp;
  while (cp < 0x110000 && classOf(cp) === name) cp++;
  runs += (cp - start === 1 ? '' : (cp - start).toString()) + name;
}

const lines = runs.match(/.{1,100}/g).map((line) => `  '${line}'`);
writeFileSync(
  new URL('../src/tokenizer/unicode-runs.ts', import.meta.url),
  `// Written by scripts/unicode-classes.mjs; do not edit.
/**
 * Runs of code points from U+0000 to U+10FFFF: a decimal length (left out where it is 1), then one letter:
 * u \`Lu Lt\`, l \`Ll\`, c \`Lm Lo\`, m \`M\`, n \`N\`, r CR or LF, s other \`White_Space\`, o anything else.
 */
export const CLASS_RUNS: string =
${lines.join(' +\n')};
`,
);
