import { Tokenizer as NativeTokenizer } from '@anush008/tokenizers';
import { parseTokenizerJson } from '@countermark/watermark/tokenizer';
import { describe, expect, it } from 'vitest';
import { addedToken, demoFile, libraryFile } from './tokenizer-files.ts';

const special = (id: number, content: string) => addedToken(id, content, { special: true });

const METASPACE = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
const WORD_PIECE = {
  normalizer: null,
  pre_tokenizer: { type: 'BertPreTokenizer' },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(
      ['[UNK]', 'the', 'th', '##e', 'cat', 't', '##h', '[', 'sep', ']', '[SEP]'].map((name, id) => [
        name,
        id,
      ]),
    ),
  },
};
const UNIGRAM = {
  normalizer: null,
  pre_tokenizer: METASPACE,
  decoder: METASPACE,
  model: {
    type: 'Unigram',
    unk_id: 0,
    vocab: [
      ['<unk>', 0],
      ['</s>', 0],
      ['▁the', -1],
      ['▁', -2],
      ...[...'<>/sthecat'].map((name) => [name, -3]),
    ],
    byte_fallback: false,
  },
};
const WORD_LEVEL = {
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  decoder: null,
  model: { type: 'WordLevel', unk_token: '<unk>', vocab: { '<unk>': 0, the: 1, cat: 2 } },
};
const library = libraryFile();
const demo = demoFile({ added_tokens: [] });
const BYTE_LEVEL_IDS = demo.model.vocab as Readonly<Record<string, number>>;

/** Models, and special tokens that are also an entry that text leads to. */
const WORDS: readonly (readonly [string, object, readonly object[]])[] = [
  ['a word of WordPiece', WORD_PIECE, [special(0, '[UNK]'), special(1, 'the'), special(10, '[SEP]')]],
  ['a word of Unigram', UNIGRAM, [special(0, '<unk>'), special(1, '</s>'), special(2, '▁the')]],
  ['a character of Unigram', UNIGRAM, [special(0, '<unk>'), special(7, 's')]],
  ['a word of WordLevel', WORD_LEVEL, [special(0, '<unk>'), special(1, 'the')]],
  ['what two tokens make', library, [special(0, '<unk>'), special(261, 'ab')]],
  ['a character', library, [special(0, '<unk>'), special(259, 'a')]],
  ['a byte', library, [special(0, '<unk>'), special(2 + 0x7a, '<0x7A>')]],
  ['a byte of a byte-level vocabulary', demo, [special(BYTE_LEVEL_IDS['t'] ?? 0, 't')]],
  ['a byte by its text', demo, [special(BYTE_LEVEL_IDS['Ġ'] ?? 0, ' ')]],
  ['a word of a byte-level vocabulary', demo, [special(BYTE_LEVEL_IDS['the'] ?? 0, 'the')]],
];

const TEXTS = ['the cat sat on the mat', 'th e other, then </s> [SEP] <s>', 'ab a b zab', ' the  the\n'];

describe('a special token that is also', () => {
  it.each(WORDS)('%s stays that in text', async (_, file, added_tokens) => {
    // Without special tokens the library has nothing but the entries.
    const native = NativeTokenizer.fromString(JSON.stringify({ version: '1.0', ...file, added_tokens: [] }));
    const tokenizer = parseTokenizerJson('words', JSON.stringify({ ...file, added_tokens }));
    const plain = parseTokenizerJson('words', JSON.stringify({ ...file, added_tokens: [] }));
    for (const text of TEXTS) {
      const ids = [...tokenizer.encode(text)];
      const expected = (await native.encode(text, null, { addSpecialTokens: false })).getIds();
      // Names in brackets are no entries of text, though the library would find `</s>` in a list of pieces.
      if (!text.includes('</s>')) expect(ids).toEqual(expected);
      expect(tokenizer.decode(ids)).toBe(plain.decode(ids));
    }
    tokenizer.close();
    plain.close();
  });

  it.each(WORDS)('%s does not change the fingerprint of a file of another kind', (_, file, added_tokens) => {
    const open = (tokens: readonly object[]) => {
      const tokenizer = parseTokenizerJson('words', JSON.stringify({ ...file, added_tokens: tokens }));
      tokenizer.close();
      return tokenizer.fingerprint;
    };
    // A byte-level file with such a token is read by the rules of section 7.2, and without by those of 7.1.
    if (file === demo) expect(open(added_tokens)).not.toBe(open([]));
    else expect(open(added_tokens)).toBe(open([]));
  });
});

describe('ids of special tokens', () => {
  it.each([
    ['a file that the library reads', library, 264],
    ['a byte-level file', demo, 4096],
  ])('may have gaps, and decide nothing: %s', (_, file, size) => {
    const open = (...added_tokens: object[]) =>
      parseTokenizerJson('gaps', JSON.stringify({ ...file, added_tokens }));
    const dense = open(special(size, '<|a|>'), special(size + 1, '<|b|>'));
    const gaps = open(special(size + 7, '<|a|>'), special(size + 90, '<|b|>'));
    for (const text of [...TEXTS, '<|a|><|b|>']) expect(gaps.encode(text)).toEqual(dense.encode(text));
    expect(gaps.fingerprint).toBe(dense.fingerprint);
    expect([dense.vocabSize, gaps.vocabSize]).toEqual([size + 2, size + 91]);
    expect(gaps.decode([size + 90])).toBe('<|b|>');
    dense.close();
    gaps.close();
  });
});
