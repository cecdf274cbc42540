import { Tokenizer as NativeTokenizer } from '@anush008/tokenizers';
import { humanText, TEXT_KINDS } from '@countermark/fixtures';
import { seededRandom } from '@countermark/watermark';
import { parseTokenizerJson } from '@countermark/watermark/tokenizer';
import { describe, expect, it, vi } from 'vitest';
import { randomTexts, withoutSurrogates } from './random-text.ts';
import { addedToken, metaspaceFile } from './tokenizer-files.ts';

// Every file here is read by our own encoder, without the library, and the library is the oracle.
vi.mock('node:module', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:module')>();
  return {
    ...original,
    createRequire(url: string | URL) {
      const require = original.createRequire(url);
      const resolve = (name: string): string => {
        if (name === '@anush008/tokenizers') throw new Error(`Cannot find module '${name}'`);
        return require.resolve(name);
      };
      return Object.assign((name: string): unknown => require(name), { ...require, resolve });
    },
  };
});

interface CharacterFile {
  readonly normalizer: unknown;
  readonly pre_tokenizer: unknown;
  readonly added_tokens: readonly object[];
  readonly model: { readonly vocab: Readonly<Record<string, number>>; readonly merges: readonly unknown[] };
}

const SPACES = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
const CUT = { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious', invert: false };

/** Trains a small vocabulary: the most frequent neighbours of a text join, again and again. */
function trained(options: {
  readonly merges: number;
  readonly acrossSpaces: boolean;
  readonly prepends: boolean;
}): CharacterFile {
  const base = metaspaceFile();
  const characters = [...'▁abcdefghijklmnopqrstuvwxyzTAI.,\n-éß漢字😀\u0301'];
  const vocab: Record<string, number> = {};
  const add = (name: string) => (vocab[name] ??= Object.keys(vocab).length);
  for (const name of Object.keys(base.model.vocab).slice(0, 258)) add(name);
  for (const name of ['<think>', '\n\n', '▁▁', ...characters]) add(name);
  const text = `${humanText('prose').slice(0, 4000)} 漢字漢字 😀😀 ▁▁▁▁  é\u0301`.replaceAll(' ', '▁');
  let symbols = [...text];
  const merges: string[][] = [];
  while (merges.length < options.merges) {
    const counts = new Map<string, number>();
    for (let i = 0; i + 1 < symbols.length; i++) {
      const [left, right] = [symbols[i]!, symbols[i + 1]!];
      if (vocab[left] === undefined || vocab[right] === undefined) continue;
      if (!options.acrossSpaces && /[^▁]▁/.test(left + right)) continue;
      const pair = `${left}\0${right}`;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    const [best] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]!;
    const [left, right] = best.split('\0') as [string, string];
    merges.push([left, right]);
    add(left + right);
    const next: string[] = [];
    for (let i = 0; i < symbols.length; i++) {
      const joins = symbols[i] === left && symbols[i + 1] === right;
      next.push(joins ? left + right : symbols[i]!);
      if (joins) i++;
    }
    symbols = next;
  }
  const added = [
    addedToken(0, '<unk>', { special: true }),
    addedToken(1, '<s>', { special: true }),
    ...['<think>', '\n\n', '▁▁'].map((name) => addedToken(vocab[name]!, name)),
  ];
  return {
    ...base,
    normalizer: options.prepends ? base.normalizer : SPACES,
    pre_tokenizer: options.prepends ? null : CUT,
    added_tokens: added,
    model: { ...base.model, vocab, merges },
  };
}

const gemma = trained({ merges: 300, acrossSpaces: false, prepends: false });
const FILES: readonly (readonly [string, object])[] = [
  ["Llama 2's form", trained({ merges: 300, acrossSpaces: false, prepends: true })],
  ["Gemma's form", gemma],
  ['merges across spaces', trained({ merges: 300, acrossSpaces: true, prepends: false })],
  [
    'merges as strings, listed twice',
    {
      ...gemma,
      model: {
        ...gemma.model,
        merges: [...gemma.model.merges, ...gemma.model.merges.slice(0, 9)].map((pair) =>
          (pair as string[]).join(' '),
        ),
      },
    },
  ],
  [
    'added tokens of the normalized text',
    {
      ...gemma,
      added_tokens: [
        ...gemma.added_tokens,
        addedToken(gemma.model.vocab['▁th'] ?? 0, '▁th', { normalized: true }),
      ],
    },
  ],
  [
    'special tokens that are a word, a character and a byte',
    {
      ...gemma,
      added_tokens: [
        addedToken(gemma.model.vocab['▁the'] ?? 0, '▁the', { special: true }),
        addedToken(gemma.model.vocab['e'] ?? 0, 'e', { special: true }),
        addedToken(gemma.model.vocab['<0x41>'] ?? 0, '<0x41>', { special: true }),
      ],
    },
  ],
  ['no tokens of one character', { ...metaspaceFile(), added_tokens: [] }],
];

const people = TEXT_KINDS.map((kind) => withoutSurrogates(humanText(kind).slice(-4_000)));

/** The file as the library reads ordinary text with it: without special tokens. */
function withoutSpecials(file: object): string {
  const { added_tokens, ...rest } = file as { added_tokens: { special: boolean }[] };
  return JSON.stringify({ ...rest, added_tokens: added_tokens.filter(({ special }) => !special) });
}

function texts(name: string): string[] {
  const random = seededRandom(`characters ${name}`);
  const parts = [
    'the',
    ' the',
    '  ',
    '▁',
    '▁▁',
    ' ',
    '\n\n',
    '\n',
    '<think>',
    '<s>',
    '漢字',
    '😀',
    'é',
    '\u0301',
    '\u{10ffff}',
    'A',
    'zebra',
    '𒀀',
  ];
  const mixed = Array.from({ length: 600 }, () =>
    Array.from({ length: 10 }, () => parts[Math.floor(random() * parts.length)]).join(''),
  );
  return [
    '',
    ' ',
    '▁',
    'a'.repeat(500),
    ' th'.repeat(200),
    ...people,
    ...mixed,
    ...randomTexts(`characters ${name}`, 200),
  ];
}

describe('parseTokenizerJson of characters with bytes to fall back to', () => {
  it.each(FILES)('gives the ids of the native library, and its offsets: %s', async (name, file) => {
    const tokenizer = parseTokenizerJson('own', JSON.stringify(file));
    const native = NativeTokenizer.fromString(withoutSpecials(file));
    for (const text of texts(name)) {
      const given = text.replaceAll('\u{10ffff}', '\u{10fffe}');
      const encoding = await native.encode(given, null, { addSpecialTokens: false });
      const ids = tokenizer.encode(text);
      expect([...ids]).toEqual(encoding.getIds());
      // What the tokens do not spell has the library's offsets, in code points there.
      if (tokenizer.decode(ids) === text) continue;
      const starts: number[] = [];
      let bytes = 0;
      for (const character of text) {
        starts.push(bytes);
        bytes += Buffer.byteLength(character);
      }
      const offsets = encoding.getOffsets().map(([start]) => starts[start!] ?? -1);
      if (text.length < 200) expect([...tokenizer.byteOffsets(ids, text)].slice(0, -1)).toEqual(offsets);
    }
    tokenizer.close();
  });

  it('takes a lone surrogate for U+FFFD', () => {
    const tokenizer = parseTokenizerJson('own', JSON.stringify(gemma));
    for (const text of ['a\ud800b', '\udc00', 'x\ud83d', '\ud83d\ude00\ude00']) {
      expect(tokenizer.encode(text)).toEqual(tokenizer.encode(Buffer.from(text).toString()));
    }
    tokenizer.close();
    expect(() => tokenizer.encode('a')).toThrow(TypeError);
  });

  it('refuses ids of another text, and a merge that makes nothing', () => {
    const tokenizer = parseTokenizerJson('own', JSON.stringify(gemma));
    expect(() => tokenizer.byteOffsets(tokenizer.encode('▁a'), '▁b')).toThrow(
      expect.objectContaining({ code: 'tokenizer-mismatch' }),
    );
    const merges = [...gemma.model.merges, ['▁the', 'zzz']];
    const broken = { ...gemma, model: { ...gemma.model, merges } };
    expect(() => parseTokenizerJson('own', JSON.stringify(broken))).toThrow('merge 300 is not two tokens');
  });
});
