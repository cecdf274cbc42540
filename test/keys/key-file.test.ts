import { inspect } from 'node:util';
import {
  createParams,
  formatKeyFile,
  parseKeyFile,
  type SchemeParams,
  WatermarkError,
  WatermarkKey,
} from '@countermark/watermark/scheme';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededKey } from '../prf/noble-block.ts';

const SECRET = seededKey('key file');
const TOKENIZER = { name: 'none', vocabSize: 1000, fingerprint: '0'.repeat(64) };
const KEY = new WatermarkKey(createParams({ tokenizer: TOKENIZER }), SECRET);
const TEXT = formatKeyFile(KEY);
const FILE = JSON.parse(TEXT) as Record<string, unknown>;
const WRITTEN_SECRET = String(FILE['secret']);

/** The text of a key file with some fields replaced. */
function altered(fields: Record<string, unknown>): string {
  return JSON.stringify({ ...FILE, ...fields });
}

/** What is thrown at a text, after checking that it shows nothing of the secret. */
function refusal(text: string): WatermarkError {
  try {
    parseKeyFile(text);
  } catch (error) {
    if (!(error instanceof WatermarkError)) throw error;
    expectSilent([error.message, error.stack ?? '', inspect(error, { depth: 9 }), JSON.stringify(error)]);
    expect(error.cause).toBeUndefined();
    return error;
  }
  throw new Error('expected a key file to be refused');
}

/** Every way of writing the secret down, cut into pieces of six characters. */
function secretPieces(): string[] {
  const buffer = Buffer.from(SECRET);
  const forms = [WRITTEN_SECRET, buffer.toString('base64'), buffer.toString('hex'), [...SECRET].join(',')];
  return forms.flatMap((form) => Array.from({ length: form.length - 5 }, (_, i) => form.slice(i, i + 6)));
}
const PIECES = secretPieces();

function expectSilent(texts: readonly string[]): void {
  for (const text of texts) expect(PIECES.find((piece) => text.includes(piece))).toBeUndefined();
}

describe('formatKeyFile', () => {
  it('writes the fields of docs/spec.md section 2 and nothing else', () => {
    expect(FILE).toEqual({
      type: 'countermark-key',
      version: 1,
      keyId: KEY.keyId,
      fingerprint: KEY.fingerprint,
      params: KEY.params,
      secret: Buffer.from(SECRET).toString('base64url'),
    });
    expect(WRITTEN_SECRET).toHaveLength(43);
    expect(TEXT.endsWith('}\n')).toBe(true);
  });
});

describe('parseKeyFile', () => {
  it('reads what formatKeyFile writes', () => {
    const schemes: SchemeParams[] = [
      { kind: 'gumbel' },
      { kind: 'green-list', gamma: 1 / 3, delta: 2.5 },
      { kind: 'tournament', depth: 30 },
    ];
    const check = fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.constantFrom(...schemes),
      (secret, scheme) => {
        const key = new WatermarkKey(createParams({ tokenizer: TOKENIZER, scheme }), secret);
        const read = parseKeyFile(formatKeyFile(key));
        expect(read.exportSecret()).toEqual(secret);
        expect(read.toJSON()).toEqual(key.toJSON());
        expect(read.schemeKey()).toEqual(key.schemeKey());
        expect(read.accountKey()).toEqual(key.accountKey());
      },
    );
    fc.assert(check, { seed: 1, numRuns: 100 });
  });

  it('reads fields in any order, with or without white space', () => {
    const reversed = JSON.stringify(Object.fromEntries(Object.entries(FILE).reverse()));
    expect(parseKeyFile(reversed).keyId).toBe(KEY.keyId);
  });

  it('refuses a file cut off after any character, and shows nothing of it', () => {
    // The last one lacks the closing brace; the line feed after it is no part of the JSON.
    for (let length = 0; length < TEXT.trimEnd().length; length++) {
      expect(refusal(TEXT.slice(0, length)).code).toBe('key-unreadable');
    }
  });

  it('refuses a file without any one of its characters, or is not changed by it', () => {
    for (let i = 0; i < TEXT.length; i++) {
      const text = TEXT.slice(0, i) + TEXT.slice(i + 1);
      if (/\s/.test(TEXT[i]!)) expect(parseKeyFile(text).keyId).toBe(KEY.keyId);
      else refusal(text);
    }
  });

  it('refuses a secret with any one character changed', () => {
    // The character after it in base64url: for the last one, whose two low bits are unused, the smallest change there is.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let i = 0; i < WRITTEN_SECRET.length; i++) {
      const next = alphabet[(alphabet.indexOf(WRITTEN_SECRET[i]!) + 1) % 64]!;
      const secret = WRITTEN_SECRET.slice(0, i) + next + WRITTEN_SECRET.slice(i + 1);
      expect(refusal(altered({ secret })).code).toBe(i === 42 ? 'key-unreadable' : 'key-tampered');
    }
  });

  it.each([
    ['too short', WRITTEN_SECRET.slice(1)],
    ['too long', `${WRITTEN_SECRET}A`],
    ['padded', `${WRITTEN_SECRET}=`],
    ['of another alphabet', `+${WRITTEN_SECRET.slice(1)}`],
    ['hex', Buffer.from(SECRET).toString('hex')],
    ['a list of bytes', [...SECRET]],
    ['missing', undefined],
  ])('refuses a secret that is %s', (_, secret) => {
    expect(refusal(altered({ secret }))).toMatchObject({
      code: 'key-unreadable',
      message: 'damaged key file: "secret" is missing or malformed',
    });
  });

  it.each([
    ['another context width', { params: { ...KEY.params, contextWidth: 5 } }],
    ['another scheme', { params: { ...KEY.params, scheme: { kind: 'tournament', depth: 30 } } }],
    ['another tokenizer', { params: { ...KEY.params, tokenizer: { ...TOKENIZER, vocabSize: 1001 } } }],
    ['another key id', { keyId: 'f'.repeat(32) }],
    ['another fingerprint', { fingerprint: 'f'.repeat(64) }],
    ['the secret of another key', { secret: Buffer.from(seededKey('another')).toString('base64url') }],
  ])('refuses a file with %s', (_, fields) => {
    expect(refusal(altered(fields)).code).toBe('key-tampered');
  });

  it('refuses parameters whose fingerprint was changed with them, by the key id', () => {
    const params = { ...KEY.params, contextWidth: 5 };
    const { fingerprint } = new WatermarkKey(params, SECRET);
    expect(refusal(altered({ params, fingerprint })).message).toContain('another key id');
  });

  it.each([
    ['a field that it does not know', { note: 'mine' }],
    ['a key id in upper case', { keyId: KEY.keyId.toUpperCase().replace(/^\d/, 'A') }],
    ['a fingerprint that is too short', { fingerprint: KEY.fingerprint.slice(1) }],
    ['version 0', { version: 0 }],
    ['a version that is no number', { version: '1' }],
    ['another type', { type: 'something-else' }],
    ['no type', { type: undefined }],
    ['no parameters', { params: undefined }],
  ])('refuses a file with %s', (_, fields) => {
    expect(refusal(altered(fields)).code).toBe('key-unreadable');
  });

  it.each([
    ['invalid parameters', { params: { ...KEY.params, contextWidth: 16 } }],
    ['parameters with a field that it does not know', { params: { ...KEY.params, note: 1 } }],
    ['parameters that are no object', { params: null }],
  ])('refuses a file with %s', (_, fields) => {
    expect(refusal(altered(fields)).code).toBe('params-invalid');
  });

  it('says so when the file or its parameters are newer', () => {
    expect(refusal(altered({ version: 2, somethingNew: true })).code).toBe('params-newer');
    expect(refusal(altered({ params: { version: 2 } })).code).toBe('params-newer');
  });

  it('says so when it is given the public part', () => {
    expect(refusal(JSON.stringify(KEY)).message).toBe('this is the public part of a key: it holds no secret');
  });

  it.each([
    '',
    'null',
    '1',
    '"text"',
    '[]',
    '{}',
    '[1,2',
    'not json',
    '{"kty":"oct","k":"abc"}',
    '\u{feff}{}',
  ])('refuses the foreign text %j', (text) => {
    expect(refusal(text).code).toBe('key-unreadable');
  });

  it('shows nothing of the secret when other text stands around it', () => {
    refusal(WRITTEN_SECRET);
    refusal(`${TEXT}${TEXT}`);
    refusal(`secret: ${WRITTEN_SECRET}`);
    refusal(TEXT.replace('"secret"', WRITTEN_SECRET));
    refusal(altered({ [WRITTEN_SECRET]: 1 }));
    refusal(altered({ type: WRITTEN_SECRET }));
    refusal(altered({ keyId: WRITTEN_SECRET }));
    refusal(altered({ params: WRITTEN_SECRET }));
    refusal(altered({ params: { ...KEY.params, [WRITTEN_SECRET]: 1 } }));
  });
});

describe('WatermarkKey', () => {
  it('shows its public part only, however it is printed', () => {
    const shown = [
      String(KEY),
      `${KEY}`,
      JSON.stringify(KEY),
      JSON.stringify({ nested: [KEY] }),
      inspect(KEY),
      inspect({ nested: { key: KEY } }, { depth: 9, showHidden: true }),
      inspect(KEY, { customInspect: false, showHidden: true, depth: 9 }),
      inspect(Object.getOwnPropertyDescriptors(KEY), { depth: 9 }),
      JSON.stringify(structuredClone(KEY)),
      JSON.stringify(Object.assign({}, KEY)),
    ];
    expectSilent(shown);
    expect(inspect(KEY)).toBe(`WatermarkKey(${KEY.keyId})`);
    expect(String(KEY)).toBe(`WatermarkKey(${KEY.keyId})`);
    expect(JSON.parse(JSON.stringify(KEY))).toEqual({
      type: 'countermark-params',
      version: 1,
      keyId: KEY.keyId,
      fingerprint: KEY.fingerprint,
      params: KEY.params,
    });
    // Control: the search does find the secret where it stands.
    expect(PIECES.some((piece) => TEXT.includes(piece))).toBe(true);
  });

  it('keeps a copy of the secret, and gives copies away', () => {
    const secret = Uint8Array.from(SECRET);
    const key = new WatermarkKey(KEY.params, secret);
    secret.fill(0);
    key.exportSecret().fill(0);
    key.schemeKey().fill(0);
    key.accountKey().fill(0);
    expect(key.exportSecret()).toEqual(SECRET);
    expect(key.schemeKey()).toEqual(KEY.schemeKey());
    expect(key.accountKey()).toEqual(KEY.accountKey());
  });

  it('derives two different keys', () => {
    expect(KEY.schemeKey()).not.toEqual(KEY.accountKey());
  });

  it('draws a fresh secret when none is given', () => {
    const keys = Array.from({ length: 20 }, () => new WatermarkKey(KEY.params));
    expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(20);
  });

  it('refuses a secret that is not 32 bytes, and does not show it', () => {
    for (const length of [0, 16, 31, 33, 64]) {
      expect(() => new WatermarkKey(KEY.params, new Uint8Array(length).fill(0xab))).toThrow(
        new RangeError(`"secret" expected length 32, got ${length}`),
      );
    }
  });

  it('is another key under other parameters', () => {
    const other = new WatermarkKey({ ...KEY.params, contextWidth: 3 }, SECRET);
    expect(other.keyId).not.toBe(KEY.keyId);
    expect(other.schemeKey()).not.toEqual(KEY.schemeKey());
  });
});
