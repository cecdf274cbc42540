import { ModelAudit, parseAuditRecord, RecordReader } from '@countermark/audit';
import { openTokenizer, type Tokenizer } from '@countermark/watermark/tokenizer';
import { afterAll, describe, expect, it } from 'vitest';
import { keyFrom } from '../support/random-key.ts';

const tokenizer = await openTokenizer('cl100k_base');
afterAll(() => tokenizer.close());

interface Entry {
  readonly token: string;
  readonly bytes?: readonly number[] | null;
  readonly logprob: number;
}
const entry = (token: string, probability: number): Entry => ({ token, logprob: Math.log(probability) });
const drawn = (token: string, probability: number, ...top: Entry[]): object => ({
  ...entry(token, probability),
  top,
});

/** The predictions of an answer with the mass that was kept, by the texts of the key's tokens. */
function mapped(answer: string, tokens: readonly object[], by: Tokenizer = tokenizer) {
  const reader = new RecordReader(by);
  const { tokenIds, predictions = [] } = reader.read({ answer, tokens });
  expect(predictions).toHaveLength(tokenIds.length);
  const named = predictions.map((list) =>
    list === undefined ? undefined : list.map(([id, p]) => [by.decode([id]), Number(p.toFixed(9))] as const),
  );
  return { cut: Array.from(tokenIds, (id) => by.decode([id])), named, mapping: reader.mapping };
}

describe('the map from a suspect’s tokens to the key’s', () => {
  it('takes each list to the key’s token that begins at the same byte', () => {
    const { cut, named, mapping } = mapped(' the king had', [
      drawn(' the', 0.5, entry(' the', 0.5), entry(' a', 0.25)),
      drawn(' ki', 0.5, entry(' ki', 0.5), entry(' king', 0.25)),
      drawn('ng', 0.5, entry('ng', 0.5)),
      drawn(' had', 0.5, entry(' had', 0.5)),
    ]);
    expect(cut).toEqual([' the', ' king', ' had']);
    expect(named).toEqual([
      [
        [' the', 0.5],
        [' a', 0.25],
      ],
      [
        [' ki', 0.5],
        [' king', 0.25],
      ],
      [[' had', 0.5]],
    ]);
    // The list in the middle of a token of the key's is lost.
    expect(mapping).toEqual({ lists: 4, broken: 0, positions: 3, listedMass: 2.5, mappedMass: 2 });
  });

  it('gives weight 0 to what has no one token of the key’s, and counts the loss', () => {
    const { named, mapping } = mapped('a', [
      drawn(
        'a',
        0.25,
        entry('a', 0.25),
        entry('\ufffd', 0.25),
        entry('no one token of the key', 0.125),
        // Two entries of the same bytes.
        entry('b', 0.0625),
        entry('b', 0.03125),
      ),
    ]);
    expect(named).toEqual([[['a', 0.25]]]);
    expect(mapping).toMatchObject({ positions: 1, listedMass: 0.71875, mappedMass: 0.25 });
  });

  it('takes parts of characters by their bytes', () => {
    const bytes = [...Buffer.from('é')];
    const { named } = mapped('é', [
      {
        token: '\ufffd',
        bytes: bytes.slice(0, 1),
        logprob: 0,
        top: [{ token: '\ufffd', bytes: bytes.slice(0, 1), logprob: Math.log(0.5) }],
      },
      { token: 'bytes:\\xa9', logprob: 0, top: [] },
    ]);
    expect(named).toHaveLength(1);
    expect(named[0]?.[0]?.[1]).toBe(0.5);
  });

  it('takes parts of characters as vLLM gives them: as nothing, and the last as the whole character', () => {
    const text = 'a 漢 b';
    const parts = Array.from(tokenizer.encode(text), (id) => tokenizer.tokenBytes(id));
    // The character has several tokens, the first with the blank before it.
    expect(parts.map(({ length }) => length)).toEqual([1, 2, 1, 1, 2]);
    const part = { token: '', bytes: [], logprob: Math.log(0.5) };
    const { named, mapping } = mapped(text, [
      drawn('a', 0.5, entry('a', 0.5)),
      { ...part, top: [part, entry(' b', 0.25)] },
      { ...part, top: [part] },
      // After the beginning of the one character, what is listed as another is its last byte alone.
      drawn(' 漢', 0.5, entry(' 漢', 0.5), entry(' 漣', 0.25)),
      drawn(' b', 0.5, entry(' b', 0.5)),
    ]);
    expect(named).toEqual([[['a', 0.5]], [[' b', 0.25]], undefined, undefined, [[' b', 0.5]]]);
    expect(mapping).toEqual({ lists: 5, broken: 0, positions: 3, listedMass: 3, mappedMass: 1.25 });
  });

  it('adds the token drawn where it is not listed, and does not count it twice where it is', () => {
    expect(mapped('a', [drawn('a', 0.125, entry('b', 0.5))]).named).toEqual([
      [
        ['b', 0.5],
        ['a', 0.125],
      ],
    ]);
    expect(mapped('a', [drawn('a', 0.125, entry('a', 0.125))]).named).toEqual([[['a', 0.125]]]);
  });

  it('does not care for the order of a list', () => {
    const list = [entry('a', 0.5), entry('b', 0.25), entry('c', 0.125)];
    const sorted = mapped('a', [drawn('a', 0.5, ...list)]).named[0] ?? [];
    const unsorted = mapped('a', [drawn('a', 0.5, ...list.toReversed())]).named[0] ?? [];
    expect(new Map(unsorted)).toEqual(new Map(sorted));
  });

  it.each([
    ['a log-probability above 0', [{ token: 'a', logprob: 0.5 }]],
    ['one that is missing', [{ token: 'a', logprob: null }]],
    ['more than 1 in all', [entry('a', 0.9), entry('b', 0.9)]],
  ])('leaves a list out with %s', (_, top) => {
    const { named, mapping } = mapped('a', [{ ...entry('a', 0.5), top }]);
    expect(named).toEqual([undefined]);
    expect(mapping).toMatchObject({ lists: 1, broken: 1, listedMass: 0, mappedMass: 0 });
  });

  it('has no predictions from where the tokens do not spell the text', () => {
    const { named, mapping } = mapped(' the king had', [
      drawn(' the', 0.5, entry(' the', 0.5)),
      drawn(' queen', 0.5, entry(' queen', 0.5)),
      drawn(' had', 0.5, entry(' had', 0.5)),
    ]);
    expect(named).toEqual([[[' the', 0.5]], undefined, undefined]);
    expect(mapping).toMatchObject({ lists: 3, positions: 1, listedMass: 1.5, mappedMass: 0.5 });
    // A token that ends every answer is not in its text.
    expect(
      mapped('a', [drawn('a', 0.5, entry('a', 0.5)), drawn('<|end|>', 0.5, entry('b', 0.5))]).named,
    ).toEqual([[['a', 0.5]]]);
  });

  it('is for answers alone, and what was read for reading alone: the other would be no valid test', () => {
    const key = keyFrom('fit', tokenizer.vocabSize);
    const tokens = [drawn('a', 0.5, entry('a', 0.5))];
    const written = parseAuditRecord({ answer: 'a', tokens }, tokenizer);
    const reading = new ModelAudit(key, { access: 'reading' });
    expect(() => reading.add(written)).toThrow('"asked" expected');
    const top = ['a', 'b', 'c', 'd', 'e'].map((token) => entry(token, 0.1));
    const read = parseAuditRecord(
      { answer: 'a', tokens: [{ ...entry('a', 0.1), top }], asked: 4 },
      tokenizer,
    );
    const answers = new ModelAudit(key, { access: 'answers' });
    expect(() => answers.add(read)).toThrow('"access" expected reading');
    expect([reading.counts.records, answers.counts.records]).toEqual([0, 0]);
    answers.add(written);
    reading.add(read);
    reading.close();
    answers.close();
  });

  it('refuses tokens beside an answer of ids, or without a tokenizer', () => {
    expect(() => parseAuditRecord({ answer: [1], tokens: [] }, tokenizer)).toThrow(
      '"answer" expected a text',
    );
    expect(() => parseAuditRecord({ answer: 'a', tokens: [] }, undefined)).toThrow('"tokenizer" expected');
  });
});
