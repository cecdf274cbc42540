import { ForeignKey, profileNamed, recognizeConfig } from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';

const SECRET = '9007199254740993';

/** What a configuration is refused with, field by field. */
function faultsOf(name: string, config: unknown): string[] {
  const { error } = profileNamed(name).config.safeParse(config);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('a vLLM server’s configuration', () => {
  it('has the server’s defaults', () => {
    expect(profileNamed('vllm-gumbel').config.parse({ key: 42 })).toEqual({
      key: 42n,
      algorithm: 'gumbel',
      alpha: 0.1,
      context_width: 4,
      deduplicate_contexts: 'single_turn',
      deduplicate_contexts_max_history: 8192,
      prf: 'philox',
      allow_target_only_watermarking: false,
      sbw_scheme: 'selfhash',
      sbw_gamma: 0.5,
      sbw_delta: 2,
      depth: 32,
    });
    const sbw = { algorithm: 'sbw', key: 1 };
    expect(profileNamed('vllm-sbw').config.parse(sbw)).toMatchObject({ context_width: 4 });
    expect(profileNamed('vllm-sbw').config.parse({ ...sbw, sbw_scheme: 'lefthash' })).toMatchObject({
      context_width: 1,
    });
    expect(profileNamed('vllm-sbw').config.parse({ ...sbw, context_width: null })).toMatchObject({
      context_width: 4,
    });
  });

  it.each([
    [42, 42n],
    [SECRET, 9007199254740993n],
    ['18446744073709551615', 2n ** 64n - 1n],
    ['0xFFFFFFFFFFFFFFFF', 2n ** 64n - 1n],
    [7n, 7n],
    [0, 0n],
  ])('takes the key %s', (key, number) => {
    expect(profileNamed('vllm-gumbel').config.parse({ key })).toMatchObject({ key: number });
  });

  it.each([
    ['18446744073709551616', 'must be an integer from 0 to 2^64 − 1'],
    [-5, 'must be an integer from 0 to 2^64 − 1'],
    [
      -(2 ** 60),
      'must be an integer from 0 to 2^64 − 1, as a number or as a string of decimal or 0x… digits',
    ],
    [2 ** 53, 'must be a string of digits from 2^53 on: JSON readers round such numbers'],
    [1.5, 'must be an integer from 0 to 2^64 − 1, as a number or as a string of decimal or 0x… digits'],
    [
      'deadbeef',
      'must be an integer from 0 to 2^64 − 1, as a number or as a string of decimal or 0x… digits',
    ],
    ['', 'must be an integer from 0 to 2^64 − 1, as a number or as a string of decimal or 0x… digits'],
    [[1], 'must be an integer from 0 to 2^64 − 1, as a number or as a string of decimal or 0x… digits'],
    [null, 'must be an integer from 0 to 2^64 − 1, as a number or as a string of decimal or 0x… digits'],
    [undefined, 'is missing'],
  ])('refuses the key %s and does not repeat it', (key, message) => {
    const config = key === undefined ? {} : { key };
    expect(faultsOf('vllm-gumbel', config)).toEqual([`key: ${message}`]);
    if (key === null || key === undefined || key === '' || typeof key === 'object') return;
    expect(JSON.stringify(faultsOf('vllm-gumbel', config))).not.toContain(String(key).replace('-', ''));
  });

  it.each([
    ['vllm-gumbel', { algorithm: 'sbw' }, ['algorithm: must be "gumbel"']],
    ['vllm-dual-key', {}, ['algorithm: must be "dual_key_gumbel"']],
    ['vllm-dual-key', { algorithm: 'dual_key_gumbel', alpha: 1.5 }, ['alpha: ']],
    ['vllm-synthid', { algorithm: 'gumbel' }, ['algorithm: must be "synthid" or "synthid_text"']],
    ['vllm-synthid', { algorithm: 'synthid', depth: 0 }, ['depth: ']],
    ['vllm-synthid', { algorithm: 'synthid', depth: 33 }, ['depth: ']],
    ['vllm-sbw', { algorithm: 'sbw', sbw_gamma: 1 }, ['sbw_gamma: ']],
    ['vllm-sbw', { algorithm: 'sbw', sbw_gamma: 1e-10 }, ['sbw_gamma: is so small that no token is green']],
    ['vllm-sbw', { algorithm: 'sbw', sbw_delta: -1 }, ['sbw_delta: ']],
    ['vllm-gumbel', { context_width: 0 }, ['context_width: ']],
    ['vllm-gumbel', { context_width: 65 }, ['context_width: ']],
    ['vllm-gumbel', { prf: 'hmac_sha256' }, ['prf: must be "philox"']],
    ['vllm-gumbel', { deduplicate_contexts: 'some' }, ['deduplicate_contexts: ']],
    ['vllm-gumbel', { deduplicate_contexts_max_history: 0 }, ['deduplicate_contexts_max_history: ']],
    ['vllm-gumbel', { ngram: 4 }, [': Unrecognized key: "ngram"']],
  ])('%s refuses %j by name', (name, part, beginnings) => {
    const faults = faultsOf(name, { key: SECRET, ...part });
    expect(faults.length).toBe(beginnings.length);
    for (const [i, beginning] of beginnings.entries()) expect(faults[i]!.startsWith(beginning)).toBe(true);
    expect(JSON.stringify(faults)).not.toContain(SECRET);
  });
});

describe('an SGLang server’s configuration', () => {
  it('has the server’s defaults', () => {
    expect(profileNamed('sglang-gumbel').config.parse({ key: '0xAB', context_window: null })).toEqual({
      key: 'ab',
      key_b: null,
      context_window: 4,
      mixing_probability: 0.5,
      max_probability: 1,
      default_enabled: false,
      enforce_all: false,
    });
  });

  it.each([
    [{ key: '00112233445566778' }, 'key: must be 1 to 16 hexadecimal digits'],
    [{ key: '-1' }, 'key: must be 1 to 16 hexadecimal digits'],
    [{ key: 'xyz' }, 'key: must be 1 to 16 hexadecimal digits'],
    [{ key: '' }, 'key: must be 1 to 16 hexadecimal digits'],
    [{ key: 424242 }, 'key: must be a string of 1 to 16 hexadecimal digits'],
    [{}, 'key: must be a string of 1 to 16 hexadecimal digits'],
    [{ key: 'a', key_b: 'q' }, 'key_b: must be 1 to 16 hexadecimal digits'],
    [{ key: '0xABCD', key_b: '00abcd' }, 'key_b: must differ from key; one key is written without key_b'],
    [{ key: 'a', context_window: 65 }, 'context_window: '],
    [{ key: 'a', context_window: 0 }, 'context_window: '],
    [{ key: 'a', mixing_probability: 1 }, 'mixing_probability: '],
    [{ key: 'a', max_probability: 0 }, 'max_probability: '],
    [{ key: 'a', seed: 1 }, ': Unrecognized key: "seed"'],
  ])('%j is refused by name', (config: Record<string, unknown>, beginning) => {
    const faults = faultsOf('sglang-gumbel', config);
    expect(faults.length).toBe(1);
    expect(faults[0]!.startsWith(beginning)).toBe(true);
    const secrets = [String(config['key']), String(config['key_b'])];
    for (const secret of secrets) if (secret.length > 3) expect(faults[0]).not.toContain(secret);
  });
});

const CONFIGS: readonly (readonly [string, object])[] = [
  ['vllm-gumbel', { key: SECRET }],
  ['vllm-dual-key', { key: SECRET, algorithm: 'dual_key_gumbel' }],
  ['vllm-sbw', { key: SECRET, algorithm: 'sbw' }],
  ['vllm-synthid', { key: SECRET, algorithm: 'synthid' }],
  ['vllm-synthid-stream', { key: SECRET, algorithm: 'synthid_text' }],
  ['sglang-gumbel', { key: '90071992f4740993' }],
  ['sglang-gumbel', { key: '90071992f4740993', key_b: '1' }],
];

describe('as a key', () => {
  it.each(CONFIGS)('%s of %j shows nothing secret, and can be drawn anew', (name, config) => {
    const key = new ForeignKey({ profile: profileNamed(name), config, vocabSize: 1000 });
    const shown = `${JSON.stringify(key)}${String(key)}`;
    expect(shown).not.toContain(SECRET);
    expect(shown).not.toContain('90071992f4740993');
    let next = 0;
    const redrawn = key.redraw((length) => Uint8Array.from({ length }, () => 251 * ++next));
    expect(redrawn.params).toEqual(key.params);
    expect(redrawn.keyId).not.toBe(key.keyId);
    expect(Object.keys(redrawn.exportSecret())).toEqual(Object.keys(key.exportSecret()));
  });

  it('is recognized by its fields, unless two profiles have the same', () => {
    for (const [name, config] of CONFIGS) {
      if (name.startsWith('vllm-synthid-')) continue;
      // Sixteen digits may be hexadecimal ones.
      const clear = name === 'vllm-gumbel' ? { key: 42 } : config;
      expect(recognizeConfig(clear).profile.name).toBe(name);
    }
    expect(() => recognizeConfig({ key: 1, algorithm: 'synthid_text' })).toThrow(
      'the configuration may be one of vllm-synthid or vllm-synthid-stream: name the profile',
    );
    expect(() => recognizeConfig({ key: '12345' })).toThrow(
      'the configuration may be one of vllm-gumbel or sglang-gumbel: name the profile',
    );
  });
});
