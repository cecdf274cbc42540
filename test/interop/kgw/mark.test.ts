import { UNKEYED_SLOT } from '@countermark/watermark/internal';
import { KGW, KGW_HF, TorchRandom } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { greenIds, type OpenMark, wordsFrom } from './seed-marks.ts';

const VOCABULARY = 300;

function openHf(config: object): OpenMark {
  return KGW_HF.open(KGW_HF.config.parse(config), VOCABULARY);
}

function openLmw(config: object): OpenMark {
  return KGW.open(KGW.config.parse(config), VOCABULARY);
}

const MARKS: readonly { name: string; open: () => OpenMark; candidates: number; least: number }[] = [
  { name: 'kgw-hf lefthash', open: () => openHf({ bias: 3 }), candidates: VOCABULARY, least: 1 },
  {
    name: 'kgw-hf lefthash of width 3',
    open: () => openHf({ bias: 3, context_width: 3 }),
    candidates: VOCABULARY,
    least: 3,
  },
  {
    name: 'kgw-hf selfhash',
    open: () => openHf({ bias: 3, seeding_scheme: 'selfhash', context_width: 4 }),
    candidates: 40,
    least: 4,
  },
  {
    name: 'kgw-hf selfhash of width 1',
    open: () => openHf({ bias: 3, seeding_scheme: 'selfhash' }),
    candidates: 40,
    least: 1,
  },
  { name: 'kgw selfhash', open: () => openLmw({ delta: 3 }), candidates: 41, least: 3 },
  {
    name: 'kgw minhash, last ids green, a long key',
    open: () =>
      openLmw({
        delta: 3,
        seeding_scheme: 'minhash',
        select_green_tokens: false,
        hash_key: String(2n ** 62n + 12_345n),
      }),
    candidates: VOCABULARY,
    least: 4,
  },
  {
    name: 'kgw self-salted additive of width 1',
    open: () => openLmw({ delta: 3, seeding_scheme: 'ff-additive_prf-1-True' }),
    candidates: 41,
    least: 0,
  },
];

describe.each(MARKS)('$name', ({ open, candidates, least }) => {
  const draw = new TorchRandom(11);
  const text = Array.from({ length: 40 }, () => draw.randInt(0, VOCABULARY));
  const logits = Float32Array.from({ length: VOCABULARY }, () => Math.fround(8 * draw.rand() - 4));

  it('raises the tokens that it reads as green, among the candidates', () => {
    const mark = open();
    const { contextWidth } = mark.source;
    const processor = mark.startProcessor!(4);
    const likeliest = [...logits.keys()]
      .sort((a, b) => logits[b]! - logits[a]! || a - b)
      .slice(0, candidates);
    for (let length = Math.max(4, contextWidth); length < text.length; length++) {
      const context = text.slice(0, length);
      const out = logits.slice();
      processor.process(context, out);
      const green = new Set(greenIds(mark, context.slice(-contextWidth), VOCABULARY));
      const raised = likeliest.filter((id) => green.has(id));
      const expected = logits.map((logit, id) => (raised.includes(id) ? logit + 3 : logit));
      expect([...out]).toEqual([...expected]);
      // What is read of a text is what is read of its candidates.
      const [word] = wordsFrom(mark, [...context, likeliest[0]!], length);
      expect(word === 1).toBe(raised.includes(likeliest[0]!));
    }
  });

  it('leaves steps without the tokens that the other side asks for', () => {
    const processor = open().startProcessor!(0);
    for (let length = 0; length < 6; length++) {
      const out = logits.slice();
      processor.process(text.slice(0, length), out);
      expect(
        out.some((logit, id) => logit !== logits[id]),
        `${length} tokens`,
      ).toBe(length >= least);
    }
  });

  it('refuses logits of another vocabulary', () => {
    const processor = open().startProcessor!(0);
    expect(() => processor.process(text, new Float32Array(VOCABULARY - 1))).toThrow(RangeError);
  });

  it('gives words, headers and lengths as a source does', () => {
    const { source } = open();
    const { contextWidth } = source;
    const ids = Uint32Array.from(text);
    const headers = new Uint32Array(4 * (ids.length - contextWidth));
    source.sequenceHeaders(ids, headers);
    const slots = headers.filter((_, i) => i % 4 === 0);
    expect(slots.every((slot) => slot === 0 || slot === UNKEYED_SLOT)).toBe(true);
    expect(headers.every((word, i) => i % 4 !== 1 || word === 0)).toBe(true);
    source.sequenceHeaders(ids.subarray(0, contextWidth), new Uint32Array(0));
    source.sequenceHeaders(ids.subarray(0, contextWidth - 1), new Uint32Array(0));
    const out = new Uint32Array(1);
    const symbols = new Uint8Array(1);
    for (const position of [contextWidth - 1, ids.length]) {
      expect(() => source.sequenceWords(ids, Uint32Array.of(position), symbols, out)).toThrow(RangeError);
    }
    expect(() => source.sequenceHeaders(ids, new Uint32Array(4))).toThrow(RangeError);
    expect(() => source.sequenceWords(ids, Uint32Array.of(20), new Uint8Array(2), out)).toThrow(RangeError);
    expect(() => source.contextHeader(ids, new Uint32Array(4))).toThrow(RangeError);
    const context = ids.subarray(5, 5 + contextWidth);
    expect(() => source.candidateWords(context, ids, 0, out)).toThrow(RangeError);
  });

  it('answers nothing once it is closed', () => {
    const { source, startProcessor } = open();
    const processor = startProcessor!(0);
    source.close();
    source.close();
    const ids = Uint32Array.from(text);
    const context = ids.subarray(0, source.contextWidth);
    const closed = new TypeError('"source" expected an open source, got a closed one');
    expect(() => processor.process(text, logits.slice())).toThrow(closed);
    expect(() => source.sequenceHeaders(ids, new Uint32Array(0))).toThrow(closed);
    expect(() =>
      source.sequenceWords(ids, new Uint32Array(0), new Uint8Array(0), new Uint32Array(0)),
    ).toThrow(closed);
    expect(() => source.contextHeader(context, new Uint32Array(4))).toThrow(closed);
    expect(() => source.candidateWords(context, ids, 0, new Uint32Array(ids.length))).toThrow(closed);
  });
});
