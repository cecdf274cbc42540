import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoModelDirectory } from '@countermark/demo-model';
import { openTokenizer, parseTokenizerJson } from '@countermark/watermark/tokenizer';
import { afterAll, describe, expect, it } from 'vitest';
import { addedToken, demoFile, metaspaceFile } from './tokenizer-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'countermark-tokenizer-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, contents: string | Uint8Array): string {
  writeFileSync(join(folder, name), contents);
  return join(folder, name);
}

describe('openTokenizer', () => {
  it('opens a file, or the tokenizer.json of a folder', async () => {
    const byFile = await openTokenizer(join(demoModelDirectory(), 'tokenizer.json'));
    const byFolder = await openTokenizer(demoModelDirectory());
    expect(byFile.vocabSize).toBe(4096);
    expect(byFolder.fingerprint).toBe(byFile.fingerprint);
  });

  it('names it after the file, or after the folder of a tokenizer.json, in printable ASCII', async () => {
    const json = JSON.stringify(demoFile());
    expect((await openTokenizer(write('Größe 3.json', json))).name).toBe('Gr--e-3');
    expect((await openTokenizer(write('tokenizer.json', json))).name).toMatch(/^countermark-tokenizer-/);
    expect((await openTokenizer(write(`${'n'.repeat(200)}.json`, json))).name).toBe('n'.repeat(128));
  });

  it('refuses a path at which there is nothing to read, naming the path', async () => {
    for (const path of [join(folder, 'none.json'), join(folder, 'none/'), './none']) {
      await expect(openTokenizer(path)).rejects.toMatchObject({
        name: 'WatermarkError',
        code: 'tokenizer-unreadable',
        message: expect.stringContaining(path),
      });
    }
  });

  it.each([
    ['bytes that are not UTF-8', Uint8Array.of(0x7b, 0x22, 0xff), /: not UTF-8 at byte 2$/],
    ['no JSON', '{"model": ', /: it is not valid JSON$/],
    ['another JSON', '[]', /: it is not a tokenizer.json: /],
    ['no model', '{"version": "1.0"}', /: it is not a tokenizer.json: model: /],
    [
      'a model of an unknown type',
      '{"model": {"type": "LSTM"}}',
      /: it is not a tokenizer.json: model.type: /,
    ],
  ])('refuses %s, naming the path and what is wrong', async (comment, contents, message) => {
    const path = write('broken.json', contents);
    const error = await openTokenizer(path).catch((reason: unknown) => reason);
    expect(error, comment).toMatchObject({ name: 'WatermarkError', code: 'tokenizer-unreadable' });
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message.startsWith(path)).toBe(true);
  });
});

describe('parseTokenizerJson', () => {
  it.each([
    ['a merge of no token', demoFile({ model: { merges: [['a', '\u4e00']] } }), /^merge 0 is not two tokens/],
    ['a merge of three', demoFile({ model: { merges: ['t h', 't h e'] } }), /^merge 1 is not two tokens/],
    ['a merge that makes no token', demoFile({ model: { merges: [['~', '~~~~']] } }), /^merge 0 is not/],
    [
      'an added token without content',
      demoFile({ added_tokens: [addedToken(1, '')] }),
      /added_tokens.0.content: /,
    ],
    [
      'an unknown decoder',
      { ...metaspaceFile(), decoder: { type: 'CTC' } },
      /its decoder is of an unknown kind$/,
    ],
    [
      'no vocabulary',
      { model: { type: 'BPE', vocab: null, merges: [] } },
      /its vocabulary is of an unknown kind$/,
    ],
    [
      'an unknown vocabulary',
      { model: { type: 'BPE', vocab: 3, merges: [] } },
      /its vocabulary is of an unknown kind$/,
    ],
    [
      'what the library refuses',
      { ...metaspaceFile(), pre_tokenizer: { type: 'None' } },
      /^the library .* refuses it: /,
    ],
    [
      'an added token that the library would number anew',
      { ...metaspaceFile(), added_tokens: [addedToken(999, '<b>')] },
      /added token 999 would get another id$/,
    ],
  ])('refuses %s', (comment, file, message) => {
    let error: unknown;
    try {
      parseTokenizerJson('broken', JSON.stringify(file));
    } catch (reason) {
      error = reason;
    }
    expect(error, comment).toMatchObject({ name: 'WatermarkError', code: 'tokenizer-unreadable' });
    expect((error as Error).message).toMatch(message);
  });
});
