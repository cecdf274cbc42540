/** Texts that try every branch of the splitting patterns, and what engines are known to disagree about. */
import { humanText, TEXT_KINDS } from '@countermark/fixtures';
import { seededRandom } from '@countermark/watermark';

// All that Unicode tells apart; the patterns do so in \p{L…}, \p{M}, \p{N}, \s, and in the rest.
const CATEGORIES = [
  ...['Lu', 'Ll', 'Lt', 'Lm', 'Lo', 'Mn', 'Mc', 'Me', 'Nd', 'Nl', 'No', 'Pc', 'Pd', 'Ps', 'Pe', 'Pi', 'Pf'],
  ...['Po', 'Sm', 'Sc', 'Sk', 'So', 'Zs', 'Zl', 'Zp', 'Cc', 'Cf', 'Cs', 'Co', 'Cn'],
];

const SNIPPETS: readonly string[] = [
  // Contractions in every case, and with letters that fold to ASCII: U+017F to s, U+212A to k.
  ...["'s", "'S", "'t", "'T", "'m", "'M", "'d", "'D", "'re", "'RE", "'Re", "'rE", "'ve", "'VE", "'vE", "'ll"],
  ...[
    "'LL",
    "'lL",
    "'\u017f",
    "'\u017ft",
    "'l\u017f",
    "'\u212a",
    "'",
    "''",
    '\u2019s',
    "'r",
    "'v",
    "'l",
    "'e",
  ],
  // White space: what \s is to one engine is not to another.
  ...[
    '\r',
    '\n',
    '\r\n',
    '\n\r',
    '\n\n',
    ' \n',
    '\n ',
    '\t',
    '\v',
    '\f',
    '\u0085',
    '\u00a0',
    '\u1680',
    '\u180e',
  ],
  ...['\u2000', '\u200a', '\u200b', '\u2028', '\u2029', '\u202f', '\u205f', '\u2060', '\u3000', '\ufeff'],
  ...['\u001c', '\u001d', '\u001e', '\u001f', ' ', '  ', '   ', '\ufeff\ufeff', '\u0085\u0085'],
  // Special tokens, written out and cut short.
  ...[
    '<|endoftext|>',
    '<|endofprompt|>',
    '<|fim_prefix|>',
    '<|im_start|>',
    '<|start|>',
    '<|endoftext|',
    '|>',
  ],
  // Joined emoji, flags, skin tones, variation selectors, keycaps.
  ...[
    '👩\u200d💻',
    '👨\u200d👩\u200d👧\u200d👦',
    '🇩🇪',
    '👍🏽',
    '❤\ufe0f',
    '1\ufe0f\u20e3',
    '\u{e0067}\u{e007f}',
  ],
  // Letters and marks whose class decides, digits of other scripts, titlecase, ligatures, Hangul jamo.
  ...[
    '\u0301',
    'e\u0301',
    '\u0345',
    '\u01c5',
    '\u02b0',
    '\u00aa',
    '\u00df',
    '\u1e9e',
    '\ufb01',
    '\u0130',
    '\u0131',
  ],
  ...['\u0661\u0662', '\u0967', '\u00b2', '\u00bd', '\u2167', '\u3007', '\u{1d7ce}', '\u1100\u1161\u11a8'],
  ...[
    '漢字',
    'かな',
    'カナ',
    '한국',
    'абв',
    'АБВ',
    'אבג',
    'กำ',
    'नमस्ते',
    'xin chào',
    'ﷺ',
    '\ufffd',
    '\ufffe',
    '\u{10ffff}',
  ],
  // Lone surrogates, and a pair the wrong way round.
  ...['\ud800', '\udfff', '\udc00\ud800', '\ud83d', '\ude00'],
  // Punctuation with its newlines and slashes, numbers, cases.
  ...[
    '/',
    '//',
    '/\n',
    '.\r\n',
    '!/\n/',
    '---',
    '===',
    '1234567',
    '0',
    '007',
    'a',
    'A',
    'aB',
    'Ab',
    'ABc',
    'abC',
  ],
  ...['hello', 'Hello', 'HELLO', ' the', ' The', 'don', 'HTTPServer', 'camelCase', '_x', '$y', '\0', '\x7f'],
];

/** Yields `count` texts of up to some dozen characters, half of them real text with a few changes. */
export function* adversarialTexts(seed: string, count: number): Generator<string> {
  const random = seededRandom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const draw = drawer(random);
  const sources = TEXT_KINDS.map((kind) => humanText(kind));
  for (let i = 0; i < count; i++) {
    if (i % 2 === 0) {
      yield Array.from({ length: 1 + below(9) }, draw).join('');
      continue;
    }
    const source = sources[below(sources.length)]!;
    const start = below(source.length);
    let text = source.slice(start, start + 1 + below(50));
    for (let changes = 1 + below(4); changes > 0; changes--) {
      const from = below(text.length + 1);
      const to = Math.min(text.length, from + below(4));
      const middle = text.slice(from, to);
      const changed = [draw(), middle + middle, middle.toUpperCase(), ''][below(4)]!;
      text = text.slice(0, from) + changed + text.slice(to);
    }
    yield text;
  }
}

/** Yields long texts of one kind each; not so long that tiktoken, which is quadratic in a piece, takes minutes. */
export function* adversarialRuns(seed: string): Generator<{ what: string; text: string }> {
  const random = seededRandom(seed);
  const draw = drawer(random);
  const length = (): number => 500 + Math.floor(5500 * random());
  for (const [category, codePoints] of POOLS) {
    const characters = Array.from({ length: length() }, () =>
      String.fromCodePoint(codePoints[Math.floor(random() * codePoints.length)]!),
    );
    yield { what: `a run of ${category}`, text: characters.join('') };
  }
  for (const snippet of SNIPPETS) {
    yield {
      what: `${JSON.stringify(snippet)} again and again`,
      text: snippet.repeat(length() / snippet.length),
    };
  }
  for (let i = 0; i < 200; i++) {
    const unit = draw() + draw() + draw();
    yield { what: `${JSON.stringify(unit)} again and again`, text: unit.repeat(1 + length() / unit.length) };
    yield { what: 'snippets', text: Array.from({ length: length() }, draw).join('') };
  }
}

// Which code point is in which category follows this runtime's Unicode, and decides nothing but what is drawn.
const POOLS: ReadonlyMap<string, readonly number[]> = new Map(
  CATEGORIES.map((category) => [category, codePointsOf(category)]),
);

function codePointsOf(category: string): number[] {
  const pattern = new RegExp(`^\\p{${category}}$`, 'u');
  const found: number[] = [];
  for (let codePoint = 0; codePoint < 0x110000; codePoint++) {
    if (pattern.test(String.fromCodePoint(codePoint))) found.push(codePoint);
  }
  return found;
}

function drawer(random: () => number): () => string {
  const pools = [...POOLS.values()];
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  return () => {
    const drawn = random() < 0.6 ? pick(SNIPPETS) : String.fromCodePoint(pick(pick(pools)));
    return random() < 0.05 ? drawn.repeat(1 + Math.floor(40 * random())) : drawn;
  };
}
