import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { demoModelFiles } from '@countermark/demo-model';
import type * as tokenizers from '@countermark/watermark/tokenizer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { libraryFile } from '../tokenizer/tokenizer-files.ts';
import { bundle } from './bundle.ts';
import { type Findings, markAndDetect } from './program.ts';

const directory = mkdtempSync(join(tmpdir(), 'countermark-runtimes-'));
const tokenizerJson = new Uint8Array(readFileSync(demoModelFiles().tokenizer));

interface Portable {
  markAndDetect(tokenizerJson: Uint8Array): Promise<Findings>;
  readonly tokenizers: typeof tokenizers;
}

// What browsers and workers get, run by this process: its numbers differ for no other reason than the code.
describe('the code for hosts without modules of Node', () => {
  let portable: Portable;

  beforeAll(async () => {
    const code =
      "export { markAndDetect } from './program.ts'; export * as tokenizers from '@countermark/watermark/tokenizer';";
    const { files } = await bundle(code, { host: 'edge worker', origin: 'sources', withRanks: true });
    for (const [name, text] of files) writeFileSync(join(directory, name), text);
    writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
    portable = (await import(/* @vite-ignore */ pathToFileURL(join(directory, 'entry.js')).href)) as Portable;
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('marks and detects with the same numbers, to the last bit', async () => {
    const expected = await markAndDetect(tokenizerJson);
    const found = await portable.markAndDetect(tokenizerJson);
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    expect(found).toEqual(expected);
    // That it is a mark, and that all of the program ran.
    expect(Object.keys(expected)).toHaveLength(2 + 3 * 14 + 4);
    for (const kind of ['gumbel', 'tournament', 'green-list', 'foreign']) {
      const name = kind === 'foreign' ? 'foreign: detection' : `${kind}: detection of the ids`;
      expect(JSON.parse(expected[name] ?? '')).toMatchObject({ verdict: 'detected' });
    }
  });

  it('says what to do instead of reading a file', async () => {
    await expect(portable.tokenizers.openTokenizer('models/a/tokenizer.json')).rejects.toMatchObject({
      name: 'WatermarkError',
      code: 'tokenizer-unreadable',
      message:
        'models/a/tokenizer.json: no files can be read here: give the bytes of the tokenizer.json to parseTokenizerJson',
    });
  });

  it('says which tokenizers need Node', () => {
    expect(() => portable.tokenizers.parseTokenizerJson('m', JSON.stringify(libraryFile()))).toThrow(
      expect.objectContaining({
        name: 'WatermarkError',
        code: 'tokenizer-unavailable',
        message: expect.stringContaining('runs in Node only'),
      }),
    );
  });
});
