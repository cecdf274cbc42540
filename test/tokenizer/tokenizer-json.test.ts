import { Tokenizer as NativeTokenizer } from '@anush008/tokenizers';
import { humanText, TEXT_KINDS } from '@countermark/fixtures';
import { seededRandom } from '@countermark/watermark';
import { parseTokenizerJson } from '@countermark/watermark/tokenizer';
import { describe, expect, it } from 'vitest';
import { randomTexts, withoutSurrogates } from './random-text.ts';
import { addedToken, demoFile, metaspaceFile, PATTERNS, pairFile, splitBy } from './tokenizer-files.ts';

// The oracle is huggingface/tokenizers, whose format this is.
async function nativeIds(file: object, texts: readonly string[]): Promise<string[]> {
  const native = NativeTokenizer.fromString(JSON.stringify(file));
  const encoded = await Promise.all(
    texts.map((text) => native.encode(text, null, { addSpecialTokens: false })),
  );
  return encoded.map((encoding) => encoding.getIds().join());
}

function ourIds(file: object, texts: readonly string[]): string[] {
  const tokenizer = parseTokenizerJson('test', JSON.stringify(file));
  const encoded = texts.map((text) => tokenizer.encode(text).join());
  tokenizer.close();
  return encoded;
}

const people = TEXT_KINDS.map((kind) => withoutSurrogates(humanText(kind).slice(-8_000)));
const byteLevel = (options: object) => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: true,
  ...options,
});
const endOfText = addedToken(4095, '<|endoftext|>', { special: true });
const mergesAsStrings = demoFile().model.merges.map((pair: string | string[]) => [pair].flat().join(' '));

/** Byte-level files that our own encoder takes. */
const ours: readonly (readonly [string, object])[] = [
  ['the demo model', demoFile()],
  ["Llama 3's pattern", demoFile({ pre_tokenizer: splitBy(PATTERNS['Llama 3']) })],
  ["Qwen's pattern", demoFile({ pre_tokenizer: splitBy(PATTERNS.Qwen) })],
  ["gpt-oss's pattern", demoFile({ pre_tokenizer: splitBy(PATTERNS['gpt-oss']) })],
  ['no ranks for whole pieces', demoFile({ model: { ignore_merges: true } })],
  [
    'added tokens',
    demoFile({ added_tokens: [endOfText, addedToken(4096, '<th'), addedToken(4097, '<think>')] }),
  ],
  [
    'added tokens, two passes',
    demoFile({
      added_tokens: [endOfText, addedToken(4096, '<th', { normalized: true }), addedToken(4097, 'k>')],
    }),
  ],
  ['merges as strings', demoFile({ model: { merges: mergesAsStrings } })],
  ['an empty normalizer', demoFile({ normalizer: { type: 'Sequence', normalizers: [] } })],
];
/** Files that the library takes. */
const theirs: readonly (readonly [string, object])[] = [
  ['a space in front', demoFile({ pre_tokenizer: byteLevel({ add_prefix_space: true }) })],
  ['a pattern of its own', demoFile({ pre_tokenizer: splitBy('\\d|\\D+') })],
  [
    'an added token that takes spaces',
    demoFile({ added_tokens: [endOfText, addedToken(4096, '<th', { lstrip: true })] }),
  ],
  ['a metaspace', metaspaceFile()],
];

describe('parseTokenizerJson', () => {
  it.each([...ours, ...theirs])('gives the ids of the native library: %s', async (comment, file) => {
    const texts = [...people, ...randomTexts(`json ${comment}`, 200), 'a <think>b</think></think<th', ''];
    expect(ourIds(file, texts)).toEqual(await nativeIds(file, texts));
  });

  it.each(Object.entries({ ...PATTERNS, 'GPT-2': undefined }))(
    'cuts where the native library cuts: the pattern of %s',
    async (name, pattern) => {
      const pre = pattern === undefined ? byteLevel({}) : splitBy(pattern);
      const file = { ...pairFile("aAsSdDlLeErRvV1 '/!\n\r\t\u00a0ſʰº漢\u0301²Ǆǅ"), pre_tokenizer: pre };
      const random = seededRandom(`cuts ${name}`);
      const characters = [
        ..."aAsSdDlLeErRvV1 '/!\n\r\t\u00a0ſʰº漢\u0301²Ǆǅ",
        "'s",
        "'S",
        "'ſ",
        "'re",
        "'Ll",
        '  ',
      ];
      const texts = Array.from({ length: 3000 }, () =>
        Array.from({ length: 8 }, () => characters[Math.floor(random() * characters.length)]).join(''),
      );
      expect(ourIds(file, texts)).toEqual(await nativeIds(file, texts));
    },
  );

  it('gives the ids of the native library after Unicode normalization', async () => {
    const file = demoFile({
      normalizer: { type: 'NFC' },
      added_tokens: [endOfText, addedToken(4096, '<b>')],
    });
    const parts = [
      'e',
      'E',
      'a',
      '\u0301',
      '\u0327',
      '\u0338',
      'é',
      '\u212b',
      '\u2126',
      '\u1100',
      '\u1161',
      '\u11a8',
      '가',
      '<b>',
      ' ',
    ];
    const random = seededRandom('composition');
    const texts = Array.from({ length: 500 }, () =>
      Array.from({ length: 12 }, () => parts[Math.floor(random() * parts.length)]).join(''),
    );
    expect(ourIds(file, texts)).toEqual(await nativeIds(file, texts));
    // Without the normalizer other ids come out, so the texts have what this is about.
    expect(ourIds(demoFile(), texts)).not.toEqual(ourIds(demoFile({ normalizer: { type: 'NFC' } }), texts));
  });

  it('takes a piece for the token that it is only where the file says so', () => {
    const vocab = Object.fromEntries(
      Object.entries(demoFile().model.vocab).filter(([, id]) => Number(id) < 256),
    );
    const model = {
      vocab: { ...vocab, bc: 256, ab: 257, abc: 258 },
      merges: [
        ['b', 'c'],
        ['a', 'b'],
        ['ab', 'c'],
      ],
    };
    const file = (ignore_merges: boolean) =>
      demoFile({ added_tokens: [], model: { ...model, ignore_merges } });
    expect(ourIds(file(true), ['abc'])).toEqual(['258']);
    expect(ourIds(file(false), ['abc'])).toEqual([`${vocab['a']},256`]);
  });

  it('never finds a special token in text', () => {
    const special = [...ours, ...theirs].map(([, file]) => parseTokenizerJson('test', JSON.stringify(file)));
    for (const tokenizer of special) {
      for (const text of ['<|endoftext|>', '<s><unk>', '\u{10ffff}<|endoftext|>', '\u{10ffff}<s>']) {
        const tokenIds = [...tokenizer.encode(text)];
        expect(tokenIds).not.toContain(4095);
        if (tokenizer.vocabSize < 4096) expect(Math.min(...tokenIds)).toBeGreaterThan(1);
      }
      tokenizer.close();
    }
  });

  it('keeps special tokens out of a list of pieces as well', () => {
    // Unigram would take its unk and control pieces, whose score is the best of all, wherever they are written out.
    const vocab = [
      ['<unk>', 0],
      ['</s>', 0],
      ['▁', -2],
      ['<', -3],
      ['/', -3],
      ['s', -3],
      ['>', -3],
    ];
    const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
    const file = {
      added_tokens: [addedToken(0, '<unk>', { special: true }), addedToken(1, '</s>', { special: true })],
      normalizer: null,
      pre_tokenizer: metaspace,
      decoder: metaspace,
      model: { type: 'Unigram', unk_id: 0, vocab, byte_fallback: false },
    };
    const tokenizer = parseTokenizerJson('unigram', JSON.stringify(file));
    expect([...tokenizer.encode('</s>')]).toEqual([2, 3, 4, 5, 6]);
    expect(tokenizer.decode(tokenizer.encode('</s>'))).toBe(' </s>');
    expect(tokenizer.vocabSize).toBe(7);
    tokenizer.close();
  });

  it('names the tokenizer and counts its tokens', () => {
    const added = [endOfText, addedToken(5000, '<b>')];
    const tokenizer = parseTokenizerJson('demo', JSON.stringify(demoFile({ added_tokens: added })));
    expect([tokenizer.name, tokenizer.vocabSize]).toEqual(['demo', 5001]);
    expect(tokenizer.decode([4095, 5000])).toBe('<|endoftext|><b>');
    expect(() => tokenizer.decode([4999])).toThrow(RangeError);
  });
});

describe('byteOffsets of a tokenizer that rewrites text', () => {
  it('counts in the text as it was before Unicode normalization', () => {
    const tokenizer = parseTokenizerJson('nfc', JSON.stringify(demoFile({ normalizer: { type: 'NFC' } })));
    const text = 'Ame\u0301lie, \u1112\u1161\u11ab\u1100\u1173\u11af, and\u0338 more'; // two syllables of Hangul in parts
    const bytes = new TextEncoder().encode(text);
    const tokenIds = tokenizer.encode(text);
    const offsets = tokenizer.byteOffsets(tokenIds, text);
    expect(offsets.at(-1)).toBe(bytes.length);
    // Each run of tokens that spells whole characters spells, normalized, what stands there in the text.
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const spelled = tokenizer.byteOffsets(tokenIds);
    const normal = new TextEncoder().encode(text.normalize('NFC'));
    for (let first = 0; first < tokenIds.length; first++) {
      for (let end = first + 1; end <= tokenIds.length; end++) {
        if ([spelled[first]!, spelled[end]!].some((at) => (normal[at]! & 0xc0) === 0x80)) continue;
        const part = decoder.decode(bytes.subarray(offsets[first], offsets[end]));
        expect(part.normalize('NFC')).toBe(tokenizer.decode(tokenIds.subarray(first, end)));
      }
    }
  });

  it('counts in the text as it was before the library put a space in front', () => {
    const tokenizer = parseTokenizerJson('metaspace', JSON.stringify(metaspaceFile()));
    const text = 'ab 🙂ab';
    const tokenIds = tokenizer.encode(text);
    // "▁ab", "▁", the four bytes of the emoji, "ab"
    expect(tokenizer.decode(tokenIds)).toBe(' ab 🙂ab');
    expect([...tokenizer.byteOffsets(tokenIds)]).toEqual([0, 3, 4, 5, 6, 7, 8, 10]);
    expect([...tokenizer.byteOffsets(tokenIds, text)]).toEqual([0, 2, 3, 3, 3, 3, 7, 9]);
    expect(() => tokenizer.byteOffsets(tokenIds, 'ab 🙂a')).toThrow(
      expect.objectContaining({ code: 'tokenizer-mismatch' }),
    );
    tokenizer.close();
    expect(() => tokenizer.encode('a')).toThrow(TypeError);
  });
});

describe('a tokenizer.json given as bytes', () => {
  const json = JSON.stringify(demoFile());

  it('is the one given as text, with or without a byte order mark', () => {
    const { fingerprint } = parseTokenizerJson('demo', json);
    for (const text of [json, `\ufeff${json}`]) {
      expect(parseTokenizerJson('demo', new TextEncoder().encode(text)).fingerprint).toBe(fingerprint);
    }
  });

  it('is refused where it is not UTF-8', () => {
    expect(() => parseTokenizerJson('demo', Uint8Array.of(0x7b, 0xff))).toThrow(
      expect.objectContaining({
        name: 'WatermarkError',
        code: 'invalid-utf8',
        message: 'not UTF-8 at byte 1',
      }),
    );
  });
});
