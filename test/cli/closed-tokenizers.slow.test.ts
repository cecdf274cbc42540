import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoModelFiles } from '@countermark/demo-model';
import { createParams, WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { describe, expect, it } from 'vitest';
import { addedToken, demoFile, libraryFile } from '../tokenizer/tokenizer-files.ts';
import { run } from './command.ts';
import { makeDirectory, writeKey } from './fixtures.ts';

const directory = makeDirectory();
const HOOK = fileURLToPath(new URL('counted-workers.mjs', import.meta.url));

/** Writes a tokenizer that the library reads, on a thread. */
function writeTokenizer(name: string, file: object): string {
  mkdirSync(join(directory, name));
  const path = join(directory, name, 'tokenizer.json');
  writeFileSync(path, JSON.stringify(file));
  return path;
}

const own = writeTokenizer('own', libraryFile());
const other = writeTokenizer(
  'other',
  demoFile({ added_tokens: [addedToken(4096, '<th', { lstrip: true })] }),
);
const opened = await openTokenizer(own);
const { name, vocabSize, fingerprint } = opened;
opened.close();
const key = writeKey(
  join(directory, 'own.key'),
  new WatermarkKey(createParams({ tokenizer: { name, vocabSize, fingerprint } }), new Uint8Array(32).fill(3)),
);
const text = join(directory, 'text.txt');
writeFileSync(text, 'ab ab ab ab');
const accounts = join(directory, 'accounts.txt');
writeFileSync(accounts, 'somebody\n');
const { onnxDirectory } = demoModelFiles();

/** Makes a directory of the bundled model with another tokenizer, and maybe another graph. */
function writeModel(model: string, graph?: string): string {
  const path = join(directory, model);
  mkdirSync(path);
  symlinkSync(join(onnxDirectory, 'config.json'), join(path, 'config.json'));
  symlinkSync(other, join(path, 'tokenizer.json'));
  if (graph === undefined) symlinkSync(join(onnxDirectory, 'onnx'), join(path, 'onnx'));
  else writeFileSync(join(path, 'model.onnx'), graph);
  return path;
}

const BOTH = ['--tokenizer', own, '--tokenizer', other];
const out = join(directory, 'out.key');

describe('the command closes every tokenizer that it opens', () => {
  it.each<[string, number, number, readonly string[]]>([
    ['detect', 0, 2, ['detect', '--key', key, ...BOTH, text]],
    ['detect with a level that is none', 2, 2, ['detect', '--key', key, ...BOTH, '--alpha', '2', text]],
    ['detect of what is no text', 2, 0, ['detect', '--key', key, ...BOTH, directory]],
    ['detect without the tokenizer of the key', 2, 1, ['detect', '--key', key, '--tokenizer', other, text]],
    [
      'detect with a tokenizer that is not there',
      2,
      1,
      ['detect', '--key', key, '--tokenizer', own, '--tokenizer', join(directory, 'none.json'), text],
    ],
    ['trace', 0, 1, ['trace', '--key', key, '--accounts', accounts, '--tokenizer', own, text]],
    [
      'trace with a level that is none',
      2,
      1,
      ['trace', '--key', key, '--accounts', accounts, '--tokenizer', own, '--alpha', '2', text],
    ],
    ['keygen', 0, 1, ['keygen', '--out', out, '--tokenizer', own]],
    ['keygen with shares above 1', 2, 1, ['keygen', '--out', out, '--tokenizer', own, '--common-share', '2']],
    ['ngrams', 0, 1, ['ngrams', '--out', join(directory, 'a.ngrams'), '--tokenizer', own, text]],
    [
      'ngrams of an order that is none',
      2,
      1,
      ['ngrams', '--out', join(directory, 'b.ngrams'), '--tokenizer', own, '--order', '9', text],
    ],
    ['scan of a stream', 0, 2, ['scan', '--stdin', '--stdout', '--key', key, ...BOTH]],
    [
      'generate by a model of another tokenizer',
      2,
      0,
      ['generate', '--model', 'demo', '--key', key, '--prompt', 'x', ...BOTH],
    ],
    [
      'generate by a model whose tokenizer is not of the key',
      2,
      1,
      ['generate', '--model', writeModel('foreign'), '--key', key, '--prompt', 'x'],
    ],
    [
      'generate by a model that is damaged',
      2,
      1,
      ['generate', '--model', writeModel('damaged', 'no graph'), '--no-watermark', '--prompt', 'x'],
    ],
  ])('%s', async (_, status, count, args) => {
    const ended = await run(args, { node: ['--import', HOOK] });
    expect({ status: ended.status, stderr: ended.stderr }).toEqual({
      status,
      stderr: expect.stringContaining(`tokenizers opened: ${count}, closed: ${count}\n`),
    });
  });
});
