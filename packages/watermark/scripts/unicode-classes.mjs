// Writes src/tokenizer/unicode-runs.ts, which class the regular-expression engine inside tiktoken gives every code
// point, and src/tokenizer/unicode-sets.ts, the code points of the properties that the normalizer asks for. Asking
// that engine, whose tables are those of Unicode 16.0, and not this runtime's \p{…} keeps token ids the same on every
// Node version, whose Unicode tables differ.
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

// A version that the engine does not know makes it fail; one above would have more in it than these.
const assigned = 0x110000 - 0x800 - codePointsOf('\\p{Cn}').size;
if (assigned !== codePointsOf('\\p{age=16.0}').size - noncharacters().length) {
  throw new Error('the engine is not of Unicode 16.0');
}

function noncharacters() {
  const plane = Array.from({ length: 17 }, (_, i) => [0x10000 * i + 0xfffe, 0x10000 * i + 0xffff]).flat();
  return [...plane, ...Array.from({ length: 32 }, (_, i) => 0xfdd0 + i)];
}

// The scripts are those that docs/spec.md, section 7.4, names.
const scripts = (names) => names.map((name) => `\\p{Script_Extensions=${name}}`).join('');
const joining = [
  ...['Arabic', 'Syriac', 'Mandaic', 'Mongolian', 'Nko', 'Phags_Pa', 'Adlam', 'Hanifi_Rohingya', 'Sogdian'],
  ...['Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya', 'Tamil', 'Telugu', 'Kannada', 'Malayalam'],
  ...['Sinhala', 'Tibetan', 'Myanmar', 'Khmer', 'Balinese', 'Javanese', 'Chakma', 'Meetei_Mayek', 'Newa'],
];
const unspaced = ['Thai', 'Lao', 'Khmer', 'Myanmar', 'Tai_Tham', 'Javanese', 'Balinese'];
const sets = [
  [
    'INVISIBLE',
    '`Default_Ignorable_Code_Point` but for the Hangul fillers, and the interlinear annotation marks.',
    '[\\p{Default_Ignorable_Code_Point}\\x{fff9}-\\x{fffb}--[\\x{115f}\\x{1160}\\x{3164}\\x{ffa0}]]',
  ],
  ['EMOJI', '`Emoji`.', '\\p{Emoji}'],
  ['PICTOGRAPHS', '`Extended_Pictographic`.', '\\p{Extended_Pictographic}'],
  ['LATIN', '`Script=Latin`.', '\\p{Script=Latin}'],
  ['MONGOLIAN_LETTERS', '`L` of `Script=Mongolian`.', '[\\p{L}&&\\p{Script=Mongolian}]'],
  [
    'JOINING',
    '`L` and `M` of scripts that join letters or stack consonants.',
    `[[\\p{L}\\p{M}]&&[${scripts(joining)}]]`,
  ],
  ['UNSPACED', '`L` and `M` of scripts without spaces.', `[[\\p{L}\\p{M}]&&[${scripts(unspaced)}]]`],
  ['UNASSIGNED', '`Cn`.', '\\p{Cn}'],
];

function runsOf(members) {
  const lengths = [];
  for (let cp = 0, inside = false; cp < 0x110000; inside = !inside) {
    const start = cp;
    while (cp < 0x110000 && members.has(cp) === inside) cp++;
    lengths.push((cp - start).toString(36));
  }
  return lengths.join(' ');
}

const constants = sets.map(([name, meaning, pattern]) => {
  const parts = runsOf(codePointsOf(pattern)).match(/.{1,100}/g);
  return `/** ${meaning} */\nexport const ${name}: string =\n${parts.map((part) => `  '${part}'`).join(' +\n')};\n`;
});
writeFileSync(
  new URL('../src/tokenizer/unicode-sets.ts', import.meta.url),
  `// Written by scripts/unicode-classes.mjs; do not edit.
// Sets of code points of Unicode 16.0: lengths of runs from U+0000 on, in base 36, of code points that are not in the set and that
// are, by turns.

${constants.join('\n')}`,
);
