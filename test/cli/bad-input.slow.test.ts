import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createParams, WatermarkKey } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { writeBrokenFiles } from './broken-files.ts';
import { type Ended, run, runWarm } from './command.ts';
import { demoKey, makeDirectory, writeKey } from './fixtures.ts';

const directory = makeDirectory();
const key = await demoKey(0xa7);
writeBrokenFiles(directory, key);
writeKey(join(directory, 'o200k.key'), foreignKey());
const files = listing();

// A key for another tokenizer: its fingerprint is not read before the tokenizers are compared.
function foreignKey(): WatermarkKey {
  const tokenizer = { name: 'somebody-else', vocabSize: 200_019, fingerprint: 'ab'.repeat(32) };
  return new WatermarkKey(createParams({ tokenizer }), new Uint8Array(32).fill(0x5b));
}

function listing(): string[] {
  return readdirSync(directory, { recursive: true }).map(String).sort();
}

const detect = 'detect --key good.key';
const ids = `${detect} --ids`;
const generate = 'generate --prompt x --max-tokens 4';
const evaluate = 'evaluate --key good.key --model demo';
const NOT_IDS =
  'neither an array of token ids, which are non-negative integers, nor an object with one as "tokenIds"';

const CASES: [what: string, command: string, message: string][] = [
  // Key files.
  ['no key file', 'params --key none.key', 'none.key: no such file or directory'],
  ['a directory', 'params --key folder', 'folder: is a directory'],
  ['a file as a directory', 'params --key good.key/x', 'good.key/x: a part of the path is not a directory'],
  [
    'a truncated key',
    'params --key truncated.key',
    'truncated.key: not a countermark key file: it is not whole, valid JSON',
  ],
  [
    'a truncated secret',
    'params --key cut-secret.key',
    'cut-secret.key: damaged key file: "secret" is missing or malformed',
  ],
  [
    'an empty key file',
    'params --key empty.key',
    'empty.key: not a countermark key file: it is not whole, valid JSON',
  ],
  [
    'a foreign key',
    'params --key foreign.key',
    'foreign.key: not a countermark key file: it is not whole, valid JSON',
  ],
  [
    'a foreign JSON file',
    'params --key json.key',
    'json.key: not a countermark key file: its "type" is that of another kind of file',
  ],
  [
    'the public part',
    'params --key public.key',
    'public.key: this is the public part of a key: it holds no secret',
  ],
  [
    'another secret',
    'params --key other-secret.key',
    'other-secret.key: the key file was changed: its secret has another key id',
  ],
  [
    'another key id',
    'params --key other-id.key',
    'other-id.key: the key file was changed: its secret has another key id',
  ],
  [
    'other parameters',
    'params --key other-params.key',
    'other-params.key: the key file was changed: its parameters have another fingerprint',
  ],
  [
    'an unknown field',
    'params --key field.key',
    'field.key: damaged key file: a field that key files do not have',
  ],
  [
    'a newer key file',
    'params --key newer.key',
    'newer.key: the key file has version 2; this release reads version 1',
  ],
  [
    'newer parameters',
    'params --key newer-params.key',
    'newer-params.key: parameters have version 2; this release reads version 1',
  ],
  ['a key that is no text', 'params --key binary.key', 'binary.key: not UTF-8 at byte 1'],
  [
    'a bad key to detect with',
    'detect --key good.key --key truncated.key text.txt',
    'truncated.key: not a countermark key file: it is not whole, valid JSON',
  ],
  [
    'a bad key to mark with',
    `${generate} --model demo --key other-secret.key`,
    'other-secret.key: the key file was changed: its secret has another key id',
  ],
  ['a key twice', `${detect} --key good.key text.txt`, `good.key: key ${key.keyId} was given before`],
  // Texts.
  ['a PDF', `${detect} report.pdf`, 'report.pdf: not UTF-8 at byte 10: it is a PDF; extract its text first'],
  [
    'an unknown tokenizer',
    'keygen --out new.key --tokenizer gpt5',
    '--tokenizer: no tokenizer is called "gpt5"',
  ],
  [
    'a share out of range',
    `${generate} --key good.key --model demo --top-p 2`,
    '--top-p expected 0 < topP <= 1',
  ],
  ['no text', `${detect} none.txt`, 'none.txt: no such file or directory'],
  ['a directory as a text', `${detect} folder`, 'folder: is a directory'],
  ['Latin-1', `${detect} latin1.txt`, 'latin1.txt: not UTF-8 at byte 9'],
  ['half a character', `${detect} cut.txt`, 'cut.txt: not UTF-8 at byte 3'],
  [
    'one bad text among several',
    `${detect} --format json text.txt latin1.txt`,
    'latin1.txt: not UTF-8 at byte 9',
  ],
  [
    'one bad text in a page',
    `${detect} --format html text.txt latin1.txt`,
    'latin1.txt: not UTF-8 at byte 9',
  ],
  ['standard input twice', `${detect} - -`, 'standard input can be given only once'],
  ['a level of one', `${detect} --alpha 1 text.txt`, '--alpha expected 0 < alpha < 1, got 1'],
  ['a key without its tokenizer', 'detect --key o200k.key text.txt', 'belongs to tokenizer "somebody-else"'],
  [
    'a prompt that is not UTF-8',
    'generate --model demo --key good.key --prompt-file latin1.txt',
    'latin1.txt: not UTF-8 at byte 9',
  ],
  // Token ids.
  ['a negative token id', `${ids} negative.json`, `negative.json: ${NOT_IDS}`],
  ['a fractional token id', `${ids} fraction.json`, `fraction.json: ${NOT_IDS}`],
  ['a token id above 2^32', `${ids} huge.json`, 'huge.json: the value at position 1 is not a token id'],
  ['a token id above 2^53', `${ids} unsafe.json`, `unsafe.json: ${NOT_IDS}`],
  [
    'a token id beyond the vocabulary',
    `${ids} vocabulary.json`,
    'vocabulary.json: token id 4096 at position 1',
  ],
  ['words for token ids', `${ids} words.json`, `words.json: ${NOT_IDS}`],
  ['an object without token ids', `${ids} object.json`, `object.json: ${NOT_IDS}`],
  ['a bad value over several lines', `${ids} pretty.json`, `pretty.json: ${NOT_IDS}`],
  ['a malformed line', `${ids} broken.jsonl`, 'broken.jsonl:2: not valid JSON'],
  ['a line with something else', `${ids} wrong.jsonl`, `wrong.jsonl:2: ${NOT_IDS}`],
  [
    'a line beyond the vocabulary',
    `${ids} --format json range.jsonl`,
    'range.jsonl:3: token id 4096 at position 0',
  ],
  ['a text as token ids', `${ids} text.txt`, 'text.txt:1: not valid JSON'],
  ['an empty file of token ids', `${ids} empty.json`, 'empty.json: holds no token ids'],
  ['blank lines of token ids', `${ids} blank.jsonl`, 'blank.jsonl: holds no token ids'],
  [
    'token ids of two tokenizers',
    `${ids} --key o200k.key good.json`,
    'good.json: token ids belong to one tokenizer, but the keys have several',
  ],
  // Models.
  ['no model', `${generate} --key good.key --model none`, 'none: no such file or directory'],
  [
    'another file',
    `${generate} --key good.key --model model.bin`,
    'model.bin: neither "demo", a directory with an ONNX model, nor a .gguf file',
  ],
  [
    'a directory without a graph',
    `${generate} --key good.key --model no-graph`,
    'no-graph: holds no ONNX model; looked for onnx/model.onnx',
  ],
  [
    'a damaged graph',
    `${generate} --key good.key --model bad-graph`,
    'bad-graph/onnx/model.onnx cannot be loaded as an ONNX model',
  ],
  [
    'no config.json',
    `${generate} --key good.key --model no-config`,
    'no-config/config.json: no such file or directory',
  ],
  [
    'a bad config.json',
    `${generate} --key good.key --model bad-config`,
    'bad-config/config.json: max_position_embeddings: must be ',
  ],
  [
    'a bad tokenizer.json',
    `${generate} --key good.key --model bad-tokenizer`,
    'bad-tokenizer/tokenizer.json: it is not valid JSON',
  ],
  [
    "a key that is not the model's",
    `${generate} --key o200k.key --model demo`,
    'the key belongs to tokenizer "somebody-else", which is not the model\'s',
  ],
  [
    'a foreign .gguf',
    `${generate} --key good.key --model foreign.gguf`,
    'foreign.gguf: cannot be loaded as a GGUF model: ',
  ],
  [
    'a truncated .gguf',
    `${generate} --key good.key --model truncated.gguf`,
    'truncated.gguf: cannot be loaded as a GGUF model: ',
  ],
  [
    'a .gguf with another vocabulary',
    `${generate} --key good.key --model swapped.gguf`,
    'swapped.gguf: its vocabulary does not match tokenizer "demo"',
  ],
  [
    'a .gguf without its tokenizer',
    `${generate} --key o200k.key --model swapped.gguf`,
    'belongs to tokenizer "somebody-else"',
  ],
  // Evaluations.
  ['no prompts', `${evaluate} --prompts blank.jsonl`, 'blank.jsonl: holds no prompt'],
  ['prompts that are not UTF-8', `${evaluate} --prompts latin1.txt`, 'latin1.txt: not UTF-8 at byte 9'],
  ['no unmarked text', `${evaluate} --unmarked empty.json`, 'empty.json: holds no text'],
  [
    'an unknown attack',
    `${evaluate} --attacks delete,erase`,
    '--attacks expected some of none, delete, insert',
  ],
  ['no attack', `${evaluate} --attacks ,`, '--attacks expected some of none, delete, insert'],
  ['a strength of two', `${evaluate} --strengths 0.5,2`, '--strengths expected numbers in 0 … 0.99, got 2'],
  ['a strength that is no number', `${evaluate} --strengths 0.5,much`, 'It is not a number.'],
  ['a level of one to evaluate at', `${evaluate} --alpha 1`, '--alpha expected 0 < alpha < 1, got 1'],
  ["no files of WordNet's", `${evaluate} --wordnet folder`, 'folder/index.noun: no such file or directory'],
  [
    'greedy decoding',
    `${evaluate} --temperature 0 --max-tokens 4`,
    '--temperature expected > 0: greedy decoding',
  ],
  [
    "a key that is not the model's, to evaluate",
    'evaluate --key o200k.key --model demo',
    'the key belongs to tokenizer "somebody-else", which is not the model\'s',
  ],
  // Files to write.
  [
    'a directory that is missing',
    'keygen --tokenizer demo --out none/new.key',
    'none/new.key: there is no directory none; make it first',
  ],
  ['a directory as a key file', 'keygen --tokenizer demo --force --out folder', 'folder: is a directory'],
  [
    'a file as a directory to write to',
    'keygen --tokenizer demo --out text.txt/new.key',
    'text.txt/new.key: a part of the path is not a directory',
  ],
  [
    "a file where the demo's results go",
    'demo --out text.txt',
    'text.txt: exists already and is no directory',
  ],
  [
    'a tokenizer.json that is missing',
    'keygen --out new.key --tokenizer none/tokenizer.json',
    'none/tokenizer.json: no such file or directory',
  ],
  [
    'a tokenizer.json that is no JSON',
    'keygen --out new.key --tokenizer bad-tokenizer',
    'it is not valid JSON',
  ],
];

// What reads standard input, or has an engine that writes to it by itself, runs in a process of its own.
function refused(command: string): Promise<Ended> {
  const args = command.split(' ');
  if (args.some((arg) => arg === '-' || arg.endsWith('.gguf')))
    return run(args, { cwd: directory, input: 'text' });
  return runWarm(args, directory);
}

describe('bad input', () => {
  it.each(CASES)(
    'refuses %s with status 2, in one line, and leaves no file',
    async (_what, command, message) => {
      const { status, stdout, stderr } = await refused(command);
      expect(stderr).toMatch(/^countermark: [^\n]+\n$/);
      expect(stderr).toContain(message);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).not.toMatch(/ {4}at |node:internal/);
      for (const secret of [key, foreignKey()].map((held) => Buffer.from(held.exportSecret()))) {
        for (const encoding of ['base64url', 'base64', 'hex'] as const) {
          // Half of it is still a secret.
          expect(stderr).not.toContain(secret.toString(encoding).slice(0, 16));
        }
      }
      expect(listing()).toEqual(files);
    },
  );
});
