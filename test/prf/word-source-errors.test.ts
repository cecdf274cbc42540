import { accountCode, createWordSource, deriveKeyId, referenceBlock } from '@countermark/watermark/prf';
import { describe, expect, it } from 'vitest';
import { seededKey } from './noble-block.ts';

const KEY = seededKey('errors');
const words = (length: number) => new Uint32Array(length);
const bytes = (length: number) => new Uint8Array(length);
// A caller without types passes whatever it likes.
const untyped = (value: unknown): never => value as never;

describe('createWordSource', () => {
  it.each([
    ['a short key', () => createWordSource(bytes(31), 4), RangeError, '"key" expected length 32, got 31'],
    [
      'a key in hex',
      () => createWordSource(untyped('00'), 4),
      TypeError,
      '"key" expected Uint8Array, got string',
    ],
    [
      'no context',
      () => createWordSource(KEY, 0),
      RangeError,
      '"contextWidth" expected an integer from 1 to 15, got 0',
    ],
    [
      'two blocks',
      () => createWordSource(KEY, 16),
      RangeError,
      '"contextWidth" expected an integer from 1 to 15, got 16',
    ],
    [
      'half a token',
      () => createWordSource(KEY, 1.5),
      RangeError,
      '"contextWidth" expected an integer from 1 to 15, got 1.5',
    ],
    [
      'an engine it does not know',
      () => createWordSource(KEY, 4, { engine: untyped('gpu') }),
      RangeError,
      '"engine" expected auto, simd or scalar, got gpu',
    ],
  ])('refuses %s', (_, act, type, message) => {
    expect(act).toThrow(new type(message));
  });
});

describe.each(['simd', 'scalar'] as const)('a word source, engine %s', (engine) => {
  const source = createWordSource(KEY, 4, { engine });
  const sequence = words(10);
  const at = (...positions: number[]) => Uint32Array.from(positions);

  it.each([
    [
      'headers of an array',
      () => source.sequenceHeaders(untyped([1, 2]), words(0)),
      TypeError,
      '"tokenIds" expected Uint32Array, got object',
    ],
    [
      'headers of signed ids',
      () => source.sequenceHeaders(untyped(new Int32Array(10)), words(24)),
      TypeError,
      '"tokenIds" expected Uint32Array, got object',
    ],
    [
      'headers without room',
      () => source.sequenceHeaders(sequence, words(20)),
      RangeError,
      '"out" expected length 24 or 28, got 20',
    ],
    [
      'headers of no context',
      () => source.sequenceHeaders(words(3), words(4)),
      RangeError,
      '"out" expected length 0, got 4',
    ],
    [
      'a position without a context',
      () => source.sequenceWords(sequence, at(4, 3), bytes(2), words(2)),
      RangeError,
      '"positions[1]" expected an integer from 4 to 9, got 3',
    ],
    [
      'a position after the end',
      () => source.sequenceWords(sequence, at(10), bytes(1), words(1)),
      RangeError,
      '"positions[0]" expected an integer from 4 to 9, got 10',
    ],
    [
      'a position far after the end',
      () => source.sequenceSymbols(sequence, at(2 ** 32 - 1), words(16)),
      RangeError,
      '"positions[0]" expected an integer from 4 to 9, got 4294967295',
    ],
    [
      'symbols for other positions',
      () => source.sequenceWords(sequence, at(4, 5), bytes(1), words(2)),
      RangeError,
      '"symbols" expected length 2, got 1',
    ],
    [
      'a seventeenth symbol',
      () => source.sequenceWords(sequence, at(4), Uint8Array.of(16), words(1)),
      RangeError,
      '"symbols[0]" expected an integer from 0 to 15, got 16',
    ],
    [
      'words without room',
      () => source.sequenceWords(sequence, at(4, 5), bytes(2), words(1)),
      RangeError,
      '"out" expected length 2, got 1',
    ],
    [
      'symbols without room',
      () => source.sequenceSymbols(sequence, at(4, 5), words(31)),
      RangeError,
      '"out" expected length 32, got 31',
    ],
    [
      'pairs with a broken row',
      () => source.pairWords(words(7), words(2), 0, words(2)),
      RangeError,
      '"contexts" expected length 8, got 7',
    ],
    [
      'pairs with a negative symbol',
      () => source.pairWords(words(8), words(2), -1, words(2)),
      RangeError,
      '"symbol" expected an integer from 0 to 15, got -1',
    ],
    [
      'pairs without room',
      () => source.pairWords(words(8), words(2), 0, words(3)),
      RangeError,
      '"out" expected length 2, got 3',
    ],
    [
      'a short context',
      () => source.contextHeader(words(3), words(4)),
      RangeError,
      '"context" expected length 4, got 3',
    ],
    [
      'a header without room',
      () => source.contextHeader(words(4), words(3)),
      RangeError,
      '"out" expected length 4, got 3',
    ],
    [
      'candidates of a long context',
      () => source.candidateWords(words(5), words(1), 0, words(1)),
      RangeError,
      '"context" expected length 4, got 5',
    ],
    [
      'candidates of a wrong symbol',
      () => source.candidateWords(words(4), words(1), 16, words(1)),
      RangeError,
      '"symbol" expected an integer from 0 to 15, got 16',
    ],
    [
      'candidates without room',
      () => source.candidateWords(words(4), words(2), 0, words(1)),
      RangeError,
      '"out" expected length 2, got 1',
    ],
  ])('refuses %s', (_, act, type, message) => {
    expect(act).toThrow(new type(message));
  });

  it('refuses everything once it is closed, and may be closed twice', () => {
    const closed = createWordSource(KEY, 4, { engine });
    closed.close();
    closed.close();
    const refusal = new TypeError('"wordSource" expected an open source, got a closed one');
    expect(() => closed.sequenceHeaders(sequence, words(24))).toThrow(refusal);
    expect(() => closed.sequenceWords(sequence, at(4), bytes(1), words(1))).toThrow(refusal);
    expect(() => closed.sequenceSymbols(sequence, at(4), words(16))).toThrow(refusal);
    expect(() => closed.pairWords(words(4), words(1), 0, words(1))).toThrow(refusal);
    expect(() => closed.contextHeader(words(4), words(4))).toThrow(refusal);
    expect(() => closed.candidateWords(words(4), words(1), 0, words(1))).toThrow(refusal);
  });
});

describe('keys, codes and blocks', () => {
  it.each([
    [
      'a short secret',
      () => deriveKeyId(bytes(16), bytes(32)),
      RangeError,
      '"secret" expected length 32, got 16',
    ],
    [
      'a long hash',
      () => deriveKeyId(bytes(32), bytes(33)),
      RangeError,
      '"paramsHash" expected length 32, got 33',
    ],
    [
      'an account without a name',
      () => accountCode(KEY, '', 16),
      RangeError,
      '"accountId" expected 1 to 256 bytes of well-formed UTF-8, got 0 bytes',
    ],
    [
      'an account of 257 bytes',
      () => accountCode(KEY, `${'a'.repeat(255)}é`, 16),
      RangeError,
      '"accountId" expected 1 to 256 bytes of well-formed UTF-8, got 257 bytes',
    ],
    [
      'an account that is half a character',
      () => accountCode(KEY, 'a\ud800', 16),
      RangeError,
      '"accountId" expected 1 to 256 bytes of well-formed UTF-8, got 4 bytes',
    ],
    [
      'an account number',
      () => accountCode(KEY, untyped(7), 16),
      TypeError,
      '"accountId" expected string, got number',
    ],
    [
      'a code of no symbols',
      () => accountCode(KEY, 'a', 0),
      RangeError,
      '"length" expected an integer from 1 to 2147483647, got 0',
    ],
    [
      'a block of no context',
      () => referenceBlock(KEY, words(0), 0),
      RangeError,
      '"context.length" expected an integer from 1 to 15, got 0',
    ],
    [
      'a block before the header',
      () => referenceBlock(KEY, words(4), -1),
      RangeError,
      '"index" expected an integer from 0 to 4294967296, got -1',
    ],
  ])('refuse %s', (_, act, type, message) => {
    expect(act).toThrow(new type(message));
  });

  it('never name an account in a message', () => {
    expect(() => accountCode(KEY, `${'alice'.repeat(60)}`, 16)).toThrow(/^(?!.*alice)/);
  });
});
