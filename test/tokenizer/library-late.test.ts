import { fileURLToPath } from 'node:url';
import { parseTokenizerJson, type Tokenizer } from '@countermark/watermark/tokenizer';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { libraryFile } from './tokenizer-files.ts';

// A library that answers when the test wants it to.
vi.mock('node:module', () => ({
  createRequire: () => ({ resolve: () => fileURLToPath(new URL('slow-library.cjs', import.meta.url)) }),
}));

const codePoints = (text: string): number[] => Array.from(text, (character) => character.codePointAt(0)!);

describe('a tokenizer whose library answers late', () => {
  let tokenizer: Tokenizer;
  beforeEach(() => {
    tokenizer = parseTokenizerJson('late', JSON.stringify({ ...libraryFile(), added_tokens: [] }));
  });
  afterEach(() => {
    tokenizer.close();
    vi.restoreAllMocks();
  });

  /** Encodes a text for which nobody waits: patience is at its end at once. */
  function encodeInVain(text: string): void {
    const wait = vi.spyOn(Atomics, 'wait').mockReturnValueOnce('timed-out');
    expect(() => tokenizer.encode(text)).toThrow(
      expect.objectContaining({ name: 'WatermarkError', code: 'tokenizer-refused' }),
    );
    expect(wait).toHaveBeenCalledTimes(1);
    wait.mockRestore();
  }

  it('answers every later text with its own tokens', () => {
    expect([...tokenizer.encode('before')]).toEqual(codePoints('before'));
    encodeInVain('slow');
    for (const text of ['first', 'second', 'third']) {
      expect([...tokenizer.encode(text)]).toEqual(codePoints(text));
    }
  });

  it('does so however often an answer is late', () => {
    encodeInVain('slow');
    expect([...tokenizer.encode('between')]).toEqual(codePoints('between'));
    encodeInVain('slow too');
    expect([...tokenizer.encode('after')]).toEqual(codePoints('after'));
  });

  it('says after a refusal that the text was refused, without quoting it, and goes on', () => {
    const refusal = (text: string): unknown => {
      try {
        return tokenizer.encode(text);
      } catch (error) {
        return error;
      }
    };
    expect(refusal('unknown kilobit')).toMatchObject({
      code: 'tokenizer-refused',
      message: expect.stringContaining('Missing [UNK] token'),
    });
    const refused = refusal('refused kilobit');
    expect(refused).toMatchObject({ name: 'WatermarkError', code: 'tokenizer-refused' });
    expect(String(refused)).not.toContain('kilobit');
    expect([...tokenizer.encode('after')]).toEqual(codePoints('after'));
  });

  it('can be closed while an answer is due, twice', () => {
    encodeInVain('slow');
    tokenizer.close();
    tokenizer.close();
    expect(() => tokenizer.encode('closed')).toThrow(TypeError);
  });
});
