import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseForeignKeyFile } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import {
  command,
  importKey,
  json,
  LEFT_HASH,
  MARKER,
  openDesk,
  pathOf,
  read,
  refusal,
  SYNTH_ID,
  VLLM,
  write,
} from './interop-desk.ts';

openDesk();

const license = fileURLToPath(new URL('../../LICENSE', import.meta.url));

describe('params import', () => {
  it("finds the mark in a model's generation_config.json", async () => {
    write('generation_config.json', {
      _from_model_config: true,
      bos_token_id: 1,
      do_sample: true,
      watermarking_config: SYNTH_ID,
      transformers_version: '5.5.0',
    });
    const { status, stdout } = await command(
      'params',
      'import',
      'generation_config.json',
      '--tokenizer',
      'demo',
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/^profile +synthid-hf$/m);
    expect(stdout).toMatch(/^written by +Hugging Face transformers, SynthIDTextWatermarkingConfig$/m);
    expect(stdout).toMatch(/^tokenizer +demo$/m);
    expect(stdout).toMatch(/^vocabulary +4096$/m);
    expect(stdout).toMatch(/^ngram_len +5$/m);
    expect(stdout).toMatch(/^sampling_table_size +65536$/m);
    expect(stdout).toMatch(/^secret +keys$/m);
    expect(stdout).toMatch(/^key id +[0-9a-f]{32}$/m);
  });

  it('asks whose a configuration is that two write', async () => {
    write('two.json', { ...SYNTH_ID, context_history_size: 1024 });
    expect(await refusal('params', 'import', 'two.json', '--tokenizer', 'demo')).toBe(
      'two.json: the configuration may be one of synthid-hf or synthid-text: name the profile',
    );
    const found = ['synthid-hf', 'synthid-text'].map((profile) =>
      json('params', 'import', 'two.json', '--tokenizer', 'demo', '--profile', profile),
    );
    expect(await Promise.all(found)).toMatchObject([
      { object: 'interop-key', params: { profile: 'synthid-hf' } },
      { object: 'interop-key', params: { profile: 'synthid-text' } },
    ]);
    expect(await refusal('params', 'import', 'two.json', '--profile', 'gpt')).toMatch(
      /^--profile: must be one of vllm-gumbel, /,
    );
  });

  it("reads a server's configuration, for a model with more logits than its tokenizer has ids", async () => {
    write('vllm-padded.json', VLLM);
    const args = ['params', 'import', 'vllm-padded.json', '--tokenizer', 'demo'];
    expect(await json(...args, '--vocab-size', '4224')).toMatchObject({
      params: {
        profile: 'vllm-gumbel',
        tokenizer: { name: 'demo', vocabSize: 4096 },
        vocabSize: 4224,
        settings: { algorithm: 'gumbel', context_width: 4 },
      },
    });
    expect(await refusal(...args, '--vocab-size', '4095')).toBe(
      'vllm-padded.json: vocabSize: 4095 is less than the 4096 ids of tokenizer demo',
    );
    expect(await refusal('params', 'import', 'vllm-padded.json')).toMatch(
      /^vllm-padded\.json: name its tokenizer with --tokenizer, or, for token ids alone, .* with --vocab-size$/,
    );
  });

  it('writes a key file that nobody else may read, and keeps one that is there', async () => {
    const file = await importKey('kept', VLLM);
    expect(statSync(pathOf(file)).mode & 0o777).toBe(0o600);
    const text = read(file);
    expect(text).toContain(VLLM.key);
    const again = ['params', 'import', 'kept.json', '--tokenizer', 'demo', '--out', 'kept.key'];
    write('kept.json', LEFT_HASH);
    expect(await refusal(...again)).toBe('kept.key: exists already; --force replaces it');
    expect(read(file)).toBe(text);
    expect((await command(...again, '--force')).status).toBe(0);
    expect(parseForeignKeyFile(JSON.parse(read(file))).params.profile).toBe('kgw-hf');
    expect(statSync(pathOf(file)).mode & 0o777).toBe(0o600);
  });

  it('makes a file whose public part params prints', async () => {
    const path = await importKey('shown', SYNTH_ID);
    const key = parseForeignKeyFile(JSON.parse(read(path)));
    expect(await json('params', '--key', path)).toEqual(key.toJSON());
    expect(JSON.parse((await command('params', '--key', path)).stdout)).toEqual(key.toJSON());
  });
});

describe('a key file that was tampered with', () => {
  it.each([
    ['version', { version: 2 }, 'the key file has version 2; this release reads version 1'],
    ['keyId', { keyId: '0'.repeat(32) }, 'the key file was changed: its secret has another key id'],
    ['secret', { secret: { key: `2${MARKER}` } }, 'the key file was changed: its secret has another key id'],
    ['no secret', { secret: {} }, 'vllm-gumbel: key: is missing'],
    ['a field', { comment: `mine ${MARKER}` }, 'damaged key file: a field that key files do not have'],
    ['vocabSize', { params: 5 }, 'damaged key file: "params" is missing or malformed'],
  ])('is refused: %s', async (_, change, message) => {
    const path = await importKey('tampered', VLLM, '--force');
    write(path, { ...JSON.parse(read(path)), ...change });
    expect(await refusal('params', '--key', path)).toBe(`${path}: ${message}`);
    expect(await refusal('detect', '--key', path, license)).toBe(`${path}: ${message}`);
  });

  it('is refused if it is cut short', async () => {
    const path = await importKey('short', VLLM);
    write(path, read(path).slice(0, -9));
    expect(await refusal('params', '--key', path)).toBe(
      `${path}: not a countermark key file: it is not whole, valid JSON`,
    );
  });
});

const wide = (digits: string): string => `${MARKER}${digits}`;
const SEEDING = { ...LEFT_HASH, seeding_scheme: 'righthash' };
const REFUSED: [what: string, config: unknown, profile: string, message: string][] = [
  [
    'a key beyond 64 bits',
    { key: wide('5'.repeat(11)) },
    'vllm-gumbel',
    'key: must be an integer from 0 to 2^64 − 1',
  ],
  [
    'a layer key beyond 64 bits',
    { ngram_len: 5, keys: [5, wide('5'.repeat(11))] },
    'synthid-hf',
    'keys.1: must be an integer of 64 bits with its sign',
  ],
  [
    'a key with an exponent, which JSON rounds',
    { key: Number(`${MARKER}e30`) },
    'vllm-gumbel',
    'key: must be a string of digits from 2^53 on: JSON readers round such numbers',
  ],
  [
    'a list key beyond 63 bits',
    { ...LEFT_HASH, hashing_key: String(2n ** 63n) },
    'kgw-hf',
    'hashing_key: must be an integer from 1 to 2^63 − 1, as a string of digits beyond 2^53 − 1',
  ],
  ['a negative key', { key: -Number(MARKER) }, 'vllm-gumbel', 'key: must be an integer from 0 to 2^64 − 1'],
  [
    'a negative list key',
    { ...LEFT_HASH, hashing_key: -Number(MARKER) },
    'kgw-hf',
    'hashing_key: must be an integer from 1 to 2^63 − 1, as a string of digits beyond 2^53 − 1',
  ],
  [
    'keys that repeat',
    { ngram_len: 5, keys: [5, Number(MARKER), 6, Number(MARKER)] },
    'synthid-hf',
    'keys.3: must differ from key 1: two layers of one key draw the same bits',
  ],
  ['no keys', { ngram_len: 5, keys: [] }, 'synthid-hf', 'keys: must have a key for each layer, one or more'],
  ['depth 0', { algorithm: 'synthid', key: MARKER, depth: 0 }, 'vllm-synthid', 'depth: must be at least 1'],
  ['an unknown seeding scheme', SEEDING, 'kgw-hf', 'seeding_scheme: must be lefthash or selfhash'],
  ['an unknown field', { ...LEFT_HASH, colour: MARKER }, 'kgw-hf', 'colour: no field of this configuration'],
  ['an unknown version', { ...VLLM, version: 2 }, 'vllm-gumbel', 'version: no field of this configuration'],
];

describe('a configuration with a fault', () => {
  it.each(REFUSED)('is refused by field: %s', async (_, config, profile, message) => {
    const file = write('fault.json', config);
    expect(await refusal('params', 'import', file, '--tokenizer', 'demo', '--profile', profile)).toBe(
      `${file}: ${profile}: ${message}`,
    );
    expect(await refusal('detect', '--params', file, '--tokenizer', 'demo', license)).toBe(
      `${file}: no watermark's configuration is like this; the nearest is ${profile}: ${message}`,
    );
  });

  it('is refused where the scheme that ends in its key is none', async () => {
    const file = write('fault.json', { gamma: 0.25, seeding_scheme: `ff-other_prf-4-True-${MARKER}` });
    expect(await refusal('params', 'import', file, '--tokenizer', 'demo')).toMatch(
      /the nearest is kgw: seeding_scheme: must be one of simple_1, lefthash, .* or ff-PRF-WIDTH-SELF_SALT-KEY, /,
    );
  });

  it('is refused where it is no JSON, or no object', async () => {
    const file = write('fault.json', `{"key": "${MARKER}`);
    expect(await refusal('params', 'import', file, '--tokenizer', 'demo')).toBe(
      `${file}: is not whole, valid JSON`,
    );
    expect(await refusal('detect', '--params', file, license)).toBe(`${file}: is not whole, valid JSON`);
    write(file, [Number(MARKER)]);
    expect(await refusal('params', 'import', file)).toMatch(/^fault\.json: no watermark's configuration is /);
  });
});

describe('options that belong to another watermark', () => {
  it.each([
    [['--profile', 'kgw'], '--profile belongs to --params'],
    [['--vocab-size', '4224'], '--vocab-size belongs to --params'],
  ])('%j is refused without it', async (args, message) => {
    const path = await importKey('plain', VLLM, '--force');
    expect(await refusal('detect', '--key', path, ...args, license)).toBe(message);
  });

  it('takes one tokenizer', async () => {
    const file = write('one.json', VLLM);
    const tokenizers = ['--tokenizer', 'demo', '--tokenizer', 'o200k_base'];
    expect(await refusal('detect', '--params', file, ...tokenizers, license)).toBe(
      '--params takes one --tokenizer; make key files with "params import" for several',
    );
  });
});
