import {
  EXP_EDIT,
  TEXTSEAL_GREEN_LIST,
  TEXTSEAL_GUMBEL,
  TEXTSEAL_SYNTHID,
  THREE_BRICKS_GREEN_LIST,
  THREE_BRICKS_GUMBEL,
} from '@countermark/watermark/interop';
import { describe, expect, it } from 'vitest';

const SECRET = 987_654_321;
const EXAMPLES = [
  [THREE_BRICKS_GREEN_LIST, { detector: 'maryland', ngram: 2, seed: SECRET, gamma: 0.25 }],
  [THREE_BRICKS_GUMBEL, { detector: 'openai', ngram: 2, salt_key: SECRET }],
  [TEXTSEAL_GREEN_LIST, { watermark_type: 'greenlist', secret_key: SECRET }],
  [TEXTSEAL_GUMBEL, { watermark_type: 'gumbelmax', secret_key: SECRET }],
  [TEXTSEAL_SYNTHID, { watermark_type: 'synthid', secret_key: SECRET, synthid_round_stride: 659_101 }],
  [EXP_EDIT, { method: 'transform', key_len: 256, seed: SECRET }],
] as const;

describe.each(EXAMPLES)('the configuration of $name', (profile, example) => {
  it('parses to itself', () => {
    const parsed = profile.config.parse(example);
    expect(profile.config.parse(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
  });

  it('refuses a field that it does not know', () => {
    const { error } = profile.config.safeParse({ ...example, gama: 0.25 });
    expect(error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['gama'] }]);
  });

  it.each(profile.secretFields)('names %s and does not repeat it', (field) => {
    for (const value of [-SECRET, SECRET + 0.5, `${SECRET}x`, 2 ** 60, null, [SECRET]]) {
      const { error } = profile.config.safeParse({ ...example, [field]: value });
      expect(error?.issues.map(({ path }) => path.join('.'))).toEqual([field]);
      expect(JSON.stringify(error)).not.toMatch(/987|1152921504606846976/);
    }
  });

  it('draws another secret that it reads, and changes nothing else', () => {
    const parsed = profile.config.parse(example);
    const redraw = profile.redraw as (config: unknown, bytes: (length: number) => Uint8Array) => object;
    const drawn = redraw(parsed, (length) => new Uint8Array(length).fill(0xa5));
    expect(profile.config.parse(drawn)).toEqual(drawn);
    for (const [name, value] of Object.entries(parsed)) {
      const isSecret = profile.secretFields.includes(name);
      // A secret of no digits stays what it is.
      expect((drawn as Record<string, unknown>)[name] === value).toBe(!isSecret || value === 0);
    }
  });
});

describe('three_bricks', () => {
  it.each([
    [{ detector: 'openai', ngram: 2, gamma: 0.5 }, 'detector', /must be one of maryland, marylandz/],
    [{ detector: 7, ngram: 2, gamma: 0.5 }, 'detector', /must be maryland or openai/],
    [{ detector: 'maryland', ngram: 2 }, 'gamma', /must be given for maryland/],
    [{ detector: 'maryland', ngram: 0, gamma: 0.5 }, 'ngram', /from 1 to 15/],
    [{ detector: 'maryland', ngram: 16, gamma: 0.5 }, 'ngram', /from 1 to 15/],
    [{ detector: 'maryland', ngram: 2, gamma: 1 }, 'gamma', /between 0 and 1/],
    [{ detector: 'maryland', ngram: 2, gamma: 0.5, delta: 0 }, 'delta', /greater than 0/],
    [{ detector: 'maryland', ngram: 2, gamma: 0.5, payload: -1 }, 'payload', /not be negative/],
    [{ detector: 'maryland', ngram: 2, gamma: 0.5, seeding: 'additive' }, 'seeding', /must be hash/],
  ])('says what is wrong with %j', (config, field, message) => {
    const { error } = THREE_BRICKS_GREEN_LIST.config.safeParse(config);
    expect(error?.issues[0]?.path).toEqual([field]);
    expect(error?.issues[0]?.message).toMatch(message);
  });

  it.each(['maryland', 'MarylandDetector', 'marylandz', 'MarylandDetectorZ'])(
    'reads %s as maryland',
    (detector) => {
      expect(THREE_BRICKS_GREEN_LIST.config.parse({ detector, ngram: 2, gamma: 0.5 }).detector).toBe(
        'maryland',
      );
    },
  );

  it('refuses a payload and a list that the vocabulary has no room for', () => {
    const open = (config: object) => () =>
      THREE_BRICKS_GREEN_LIST.open(
        THREE_BRICKS_GREEN_LIST.config.parse({ detector: 'maryland', ngram: 2, gamma: 0.5, ...config }),
        8,
      );
    expect(open({ payload: 8 })).toThrow(
      new RangeError('"payload" expected less than 8, the vocabulary\'s size, got 8'),
    );
    expect(open({ gamma: 0.1 })).toThrow(/"gamma"/);
  });

  it('writes only if it is told how strongly', () => {
    const config = { detector: 'maryland', ngram: 2, gamma: 0.5 };
    const open = (each: object) =>
      THREE_BRICKS_GREEN_LIST.open(THREE_BRICKS_GREEN_LIST.config.parse(each), 64);
    expect(open(config).startProcessor).toBeUndefined();
    expect(open({ ...config, delta: 1 }).startProcessor).toBeDefined();
  });

  it('refuses to count no payload, or more than there are', () => {
    const mark = THREE_BRICKS_GUMBEL.open(
      THREE_BRICKS_GUMBEL.config.parse({ detector: 'openai', ngram: 1 }),
      64,
    );
    const text = Uint32Array.of(1, 2);
    expect(() => mark.payloads(text, Uint32Array.of(1), 0)).toThrow(
      new RangeError('"count" expected an integer from 1 to 64, got 0'),
    );
    expect(() => mark.payloads(text, Uint32Array.of(1), 65)).toThrow(/got 65/);
    expect(() => mark.payloads(text, Uint32Array.of(2), 1)).toThrow(/"positions\[0\]"/);
  });
});

describe('TextSeal', () => {
  const config = { watermark_type: 'synthid', secret_key: 1, synthid_round_stride: 1 };

  it.each([
    [{ ...config, synthid_round_stride: undefined }, 'synthid_round_stride', /must be 1 or 659101/],
    [{ ...config, synthid_round_stride: 2 }, 'synthid_round_stride', /must be 1 or 659101/],
    [{ ...config, depth: 33 }, 'depth', /from 1 to 32/],
    [{ ...config, ngram: 11 }, 'ngram', /from 1 to 10/],
    [{ ...config, gamma: 0 }, 'gamma', /between 0 and 1/],
    [{ ...config, delta: -1 }, 'delta', /greater than 0/],
    [{ ...config, watermark_type: 'textseal' }, 'watermark_type', /synthid or synthid-weighted/],
    [{ ...config, key_routing: true }, 'key_routing', /two keys/],
    [{ ...config, secret_key_b: 5 }, 'secret_key_b', /two keys/],
    [{ ...config, after_topp: false }, 'after_topp', /must be true/],
  ])('says what is wrong with %j', (wrong, field, message) => {
    const { error } = TEXTSEAL_SYNTHID.config.safeParse(wrong);
    expect(error?.issues[0]?.path).toEqual([field]);
    expect(error?.issues[0]?.message).toMatch(message);
  });

  it('reads a whole WatermarkConfig', () => {
    const whole = {
      watermark_type: 'gumbelmax',
      secret_key: 42,
      secret_key_b: -1,
      method: 'uniform',
      ngram: 3,
      gamma: 0.5,
      delta: 2,
      alpha: 0.2,
      depth: 30,
      after_topp: true,
      k_morphmark: 1.3,
      p_0: 0.15,
      chunk_size: 4,
      num_drafts: 4,
      base_watermark: 'greenlist',
      attenuation: 'interpolate',
      attenuation_weight: 0,
      backprop_on_nonzero: false,
      scoring_method: 'v2',
      mixing_alpha: 0.5,
      key_routing: false,
    };
    expect(TEXTSEAL_GUMBEL.config.parse(whole)).toMatchObject({ ngram: 3, secret_key: 42 });
  });

  it('refuses vocabularies and shares that the mark cannot have', () => {
    const open = (each: object, vocabSize: number) => () =>
      TEXTSEAL_SYNTHID.open(TEXTSEAL_SYNTHID.config.parse({ ...config, ...each }), vocabSize);
    expect(open({}, 2 ** 20 + 1)).toThrow(
      new RangeError('"vocabSize" expected at most 1048576, got 1048577'),
    );
    expect(open({ synthid_round_stride: 659_101 }, 700_000)).toThrow(/"vocabSize" expected at most 659101/);
    expect(open({ gamma: 0.0005 }, 100)).toThrow(/"gamma" expected 1\/1024/);
    expect(() =>
      TEXTSEAL_GREEN_LIST.open(
        TEXTSEAL_GREEN_LIST.config.parse({ watermark_type: 'greenlist', secret_key: 1, gamma: 0.99999 }),
        100,
      ),
    ).toThrow(/"gamma" expected at most 8190 \/ 8191/);
  });
});

describe.each(EXAMPLES.slice(0, 5))('a source of $name', (profile, example) => {
  const open = () => (profile as typeof TEXTSEAL_GUMBEL).open(profile.config.parse(example) as never, 1000);

  it('throws once it is closed, and may be closed twice', () => {
    const { source } = open();
    source.close();
    source.close();
    expect(() => source.sequenceHeaders(new Uint32Array(0), new Uint32Array(0))).toThrow(TypeError);
    const one = new Uint32Array(1);
    expect(() => source.sequenceWords(one, one.subarray(1), new Uint8Array(0), one.subarray(1))).toThrow(
      TypeError,
    );
    const context = new Uint32Array(source.contextWidth);
    expect(() => source.candidateWords(context, one, 0, one)).toThrow(TypeError);
    expect(() => source.contextHeader(context, new Uint32Array(4))).toThrow(TypeError);
  });

  it('refuses arrays of the wrong length, and positions without a context', () => {
    const { source } = open();
    const text = Uint32Array.of(1, 2, 3, 4);
    expect(() => source.sequenceHeaders(text, new Uint32Array(3))).toThrow(/"out" expected length/);
    const one = new Uint32Array(1);
    expect(() => source.sequenceWords(text, Uint32Array.of(0), new Uint8Array(1), one)).toThrow(
      /"positions\[0\]"/,
    );
    expect(() => source.sequenceWords(text, Uint32Array.of(4), new Uint8Array(1), one)).toThrow(
      /"positions\[0\]"/,
    );
    expect(() => source.candidateWords(text, one, 0, one)).toThrow(/"context" expected length/);
    expect(() => source.contextHeader(text, new Uint32Array(4))).toThrow(/"context" expected length/);
  });

  it('gives candidates the words that it gives the same tokens in a text', () => {
    const { source } = open();
    const width = source.contextWidth;
    const text = Uint32Array.from({ length: 300 }, (_, i) => (i * 389) % 1000);
    for (let position = width; position < text.length; position++) {
      const headers = new Uint32Array(4 * (text.length - width));
      source.sequenceHeaders(text, headers);
      const words = new Uint32Array(2);
      source.sequenceWords(text, Uint32Array.of(position), new Uint8Array(1), words.subarray(0, 1));
      const context = text.slice(position - width, position);
      source.candidateWords(context, text.slice(position, position + 1), 0, words.subarray(1));
      expect(words[0]).toBe(words[1]);
    }
  });
});
