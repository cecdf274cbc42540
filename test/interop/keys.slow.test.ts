import { inspect } from 'node:util';
import { seededRandom, WatermarkError } from '@countermark/watermark';
import {
  ForeignKey,
  formatForeignKeyFile,
  PROFILES,
  parseForeignKeyFile,
  profileNamed,
  profilesNamed,
  recognizeConfig,
} from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';
import { SAMPLE_CONFIGS, type SampleConfig } from './configs.ts';

const cases = SAMPLE_CONFIGS.map((sample) => ({ ...sample, title: `${sample.profile}, ${sample.variant}` }));
// A key id takes a tenth of a second on purpose: one of each profile where several are computed.
const firsts = cases.filter(({ profile }, i) => cases.findIndex((other) => other.profile === profile) === i);

function keyOf({ profile, config, vocabSize }: SampleConfig): ForeignKey {
  return new ForeignKey({ profile: profileNamed(profile), config, vocabSize });
}

// What a secret looks like in its configuration; short ones would be found anywhere.
function secretsOf({ profile, config }: SampleConfig): string[] {
  const { secretFields } = profileNamed(profile);
  const values = secretFields.flatMap((name) => config[name] ?? []).flat();
  return values.map(String).filter(({ length }) => length >= 6);
}

describe('an interop key', () => {
  it('has a sample for every profile', () => {
    expect([...new Set(SAMPLE_CONFIGS.map(({ profile }) => profile))].sort()).toEqual(
      PROFILES.map(({ name }) => name).sort(),
    );
  });

  it.each(cases)('goes into a file and comes back: $title', (sample) => {
    const key = keyOf(sample);
    const file = formatForeignKeyFile(key);
    const back = parseForeignKeyFile(JSON.parse(file));
    expect(back.toJSON()).toEqual(key.toJSON());
    expect(formatForeignKeyFile(back)).toBe(file);
  });

  it.each(cases)('shows nothing secret: $title', (sample) => {
    const key = keyOf(sample);
    const secrets = secretsOf(sample);
    const shown = [
      JSON.stringify(key),
      String(key),
      inspect(key),
      inspect({ key }, { depth: 9, showHidden: true }),
    ];
    for (const text of shown) for (const secret of secrets) expect(text).not.toContain(secret);
    const file = formatForeignKeyFile(key);
    for (const secret of secrets) expect(file).toContain(secret);
  });

  it.each(firsts)('has another id for another secret, and the same settings: $title', (sample) => {
    const key = keyOf(sample);
    const random = seededRandom(sample.variant);
    const other = key.redraw((length) => Uint8Array.from({ length }, () => Math.floor(256 * random())));
    expect(other.keyId).not.toBe(key.keyId);
    expect(other.fingerprint).toBe(key.fingerprint);
    expect(keyOf(sample).keyId).toBe(key.keyId);
  });

  it.each(firsts)('refuses a file that was changed: $title', (sample) => {
    const file = JSON.parse(formatForeignKeyFile(keyOf(sample)));
    const wider = structuredClone(file);
    wider.params.vocabSize += 1;
    expect(() => parseForeignKeyFile(wider)).toThrow(/was changed|is less|vocabSize/);
    const other = { ...file, keyId: '0'.repeat(32) };
    expect(() => parseForeignKeyFile(other)).toThrow('its secret has another key id');
    expect(() => parseForeignKeyFile({ ...file, version: 2 })).toThrow('this release reads version 1');
    expect(() => parseForeignKeyFile({ ...file, more: 1 })).toThrow('a field that key files do not have');
  });

  it.each(cases)('names a field that its configuration does not have: $title', (sample) => {
    const config = { ...sample.config, watermark_version: 9 };
    expect(() => keyOf({ ...sample, config })).toThrow(/watermark_version: no field of this configuration/);
  });

  it.each(cases)('names each secret field that is wrong, and repeats no value: $title', (sample) => {
    for (const name of profileNamed(sample.profile).secretFields) {
      for (const value of [{ a: 987_654_321 }, '987654321x', -987_654_321.5]) {
        const config = { ...sample.config, [name]: value };
        const fault = faultOf(() => keyOf({ ...sample, config }));
        expect(fault).toContain(name);
        expect(fault).not.toContain('987654321');
      }
    }
  });

  it('names a vocabulary that is none', () => {
    const [sample] = SAMPLE_CONFIGS;
    for (const vocabSize of [0, 1, -5, 2.5, Number.NaN, 2 ** 40]) {
      expect(() => keyOf({ ...sample!, vocabSize })).toThrow('vocabSize: must be an integer from 2');
    }
  });

  it('names what is no profile, and knows families', () => {
    expect(() => profileNamed('markllm')).toThrow('profile: must be one of vllm-gumbel, ');
    expect(() => profileNamed('textseal')).toThrow('profile: textseal stands for several');
    expect(profilesNamed('textseal').map(({ name }) => name)).toEqual([
      'textseal-green-list',
      'textseal-gumbel',
      'textseal-synthid',
    ]);
    // A name of its own comes before the family.
    expect(profilesNamed('kgw').map(({ name }) => name)).toEqual(['kgw']);
  });
});

describe('recognizeConfig', () => {
  it('knows what has a field of its own', () => {
    const { config } = SAMPLE_CONFIGS.find(({ profile }) => profile === 'kgw-hf')!;
    expect(recognizeConfig(config).profile.name).toBe('kgw-hf');
  });

  it('looks into a generation_config.json', () => {
    const { config } = SAMPLE_CONFIGS.find(({ profile }) => profile === 'kgw-hf')!;
    const found = recognizeConfig({ max_length: 20, watermarking_config: config });
    expect(found.profile.name).toBe('kgw-hf');
    expect(found.config).toEqual(config);
  });

  it('takes the profile that is named, and asks where two have the same fields', () => {
    const config = { keys: [1, 2, 3], ngram_len: 5, context_history_size: 1024 };
    expect(() => recognizeConfig(config)).toThrow(
      'may be one of synthid-hf or synthid-text: name the profile',
    );
    expect(recognizeConfig(config, [profileNamed('synthid-text')]).profile.name).toBe('synthid-text');
  });

  it('says what is wrong with the nearest', () => {
    const { config } = SAMPLE_CONFIGS.find(({ profile }) => profile === 'kgw-hf')!;
    expect(() => recognizeConfig({ ...config, seeding_scheme: 'righthash' })).toThrow(
      /the nearest is kgw-hf: seeding_scheme: /,
    );
    for (const value of [null, 7, 'x', [], {}]) {
      expect(faultOf(() => recognizeConfig(value))).toContain("no watermark's configuration is like this");
    }
  });
});

function faultOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(WatermarkError);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}
