import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoModelDirectory } from '@countermark/demo-model';
import { describe, expect, it } from 'vitest';
import { run } from './command.ts';
import { makeDirectory } from './fixtures.ts';

const directory = makeDirectory();
const config = join(directory, 'watermark.json');
writeFileSync(config, JSON.stringify({ hashing_key: 15_485_867, greenlist_ratio: 0.25, bias: 2 }));

/** A folder with a tokenizer.json, and with a config.json if one is given. */
function folder(name: string, model?: unknown): string {
  const path = join(directory, name);
  mkdirSync(path);
  cpSync(join(demoModelDirectory(), 'tokenizer.json'), join(path, 'tokenizer.json'));
  if (model !== undefined) {
    writeFileSync(join(path, 'config.json'), typeof model === 'string' ? model : JSON.stringify(model));
  }
  return path;
}

async function vocabularyOf(tokenizer: string, ...more: readonly string[]): Promise<[number, string]> {
  const arguments_ = ['params', 'import', config, '--tokenizer', tokenizer, '--format', 'json', ...more];
  const { status, stdout, stderr } = await run(arguments_);
  expect(status).toBe(0);
  return [JSON.parse(stdout).params.vocabSize, stderr.replace(/^these are its parameters; [^\n]*\n/m, '')];
}

describe('params import', () => {
  it.each([
    ['padded', { vocab_size: 4224 }],
    ['of-a-model-of-images', { text_config: { vocab_size: 4224 } }],
  ])('takes the number of logits from a config.json beside the tokenizer: %s', async (name, model) => {
    const path = folder(name, model);
    const said = `vocabulary of 4224 logits, as ${join(path, 'config.json')} says\n`;
    expect(await vocabularyOf(path)).toEqual([4224, said]);
    expect(await vocabularyOf(join(path, 'tokenizer.json'))).toEqual([4224, said]);
    expect(await vocabularyOf(path, '--vocab-size', '5000')).toEqual([5000, '']);
  });

  it.each([
    ['no-config', undefined],
    ['no-vocabulary', { hidden_size: 7 }],
    ['smaller', { vocab_size: 100 }],
    ['no-json', '{'],
  ])("takes the tokenizer's vocabulary otherwise: %s", async (name, model) => {
    expect(await vocabularyOf(folder(name, model))).toEqual([4096, '']);
  });
});
