/** JSON bodies that are parsed in pieces: what is JSON is read as it stands, and what is none, or takes too much, is refused. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type PreparedServer, startPreparedServer } from './test-server.ts';

/** Longer than what is parsed at once. */
const PIECE = 262_144;

let server: PreparedServer;
let token: string;
beforeAll(async () => {
  server = await startPreparedServer({ COUNTERMARK_SCAN_WORKER: '0', COUNTERMARK_THREADS: '1' });
  token = server.adminToken;
});

const send = (path: string, raw: string): Promise<Answer> =>
  server.call(path, { method: 'POST', token, raw, headers: { 'content-type': 'application/json' } });

async function tokenIdsOf(raw: string): Promise<unknown> {
  const { status, json } = await send('/v1/tokenize', raw);
  expect(status).toBe(200);
  return (json as { readonly tokenIds: unknown }).tokenIds;
}

describe('a body of JSON longer than a piece', () => {
  const text = `A "quoted" text, with [brackets], {braces}, \\ and commas. ${'So it went on, '.repeat(6000)}`;

  it('is read as it stands, whatever its strings hold and wherever its blanks are', async () => {
    const wanted = await tokenIdsOf(JSON.stringify({ text, tokenizer: 'demo' }));
    const blank = ' \n\t\r'.repeat(PIECE / 2);
    expect(
      await tokenIdsOf(
        `${blank}{${blank}"text"${blank}:${JSON.stringify(text)}${blank},"tokenizer":"demo"${blank}}${blank}`,
      ),
    ).toEqual(wanted);
    const escaped = [...text].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
    expect(await tokenIdsOf(`{"tokenizer":"demo","text":"${escaped.join('')}"}`)).toEqual(wanted);
  });

  it.each([
    ['pairs of surrogates', '\\ud83d\\ude00\\u00e9\\u20ac\\u0041', '😀é€A'],
    ['every other escape', '\\n\\t\\r\\b\\f\\/\\\\\\"', '\n\t\r\b\f/\\"'],
    ['half of a pair, which no UTF-8 holds', '\\ud83d', '\ufffd'],
    ['the other half of a pair', '\\ude00x', '\ufffdx'],
  ])('reads %s of a long text', async (_, escaped, plain) => {
    const long = 'so it went on, '.repeat(20_000);
    expect(
      await tokenIdsOf(`{"tokenizer":"demo","te\\u0078t":"${long}${escaped}${long}${escaped}"}`),
    ).toEqual(
      await tokenIdsOf(JSON.stringify({ tokenizer: 'demo', text: `${long}${plain}${long}${plain}` })),
    );
  });

  it.each([
    ['a control character', '\n'],
    ['an escape that is none', '\\x'],
    ['an escape that ends early', '\\u00'],
  ])('is refused with %s in a long text', async (_, wrong) => {
    const { status } = await send(
      '/v1/tokenize',
      `{"tokenizer":"demo","text":"${'x'.repeat(2 * PIECE)}${wrong}"}`,
    );
    expect(status).toBe(400);
  });

  it('keeps each member of long lists, in its order', async () => {
    const ids = Array.from({ length: 120_000 }, (_, i) => (i * 7919) % 499);
    const detect = async (tokenIds: string): Promise<unknown> => {
      const { status, json } = await send('/v1/detections', `{"tokens":true,"tokenIds":[${tokenIds}]}`);
      expect(status).toBe(200);
      return (json as { readonly tokens: { readonly id: number }[] }).tokens.map(({ id }) => id);
    };
    expect(await detect(ids.join(','))).toEqual(ids);
    expect(await detect(ids.join(' ,\n '))).toEqual(ids);
  });

  it('takes the last of members of one name, and `__proto__` for a field that is not documented', async () => {
    const wanted = await tokenIdsOf(JSON.stringify({ text, tokenizer: 'demo' }));
    const long = `"text":${JSON.stringify('x'.repeat(2 * PIECE))}`;
    expect(await tokenIdsOf(`{${long},${long},"tokenizer":"demo","text":${JSON.stringify(text)}}`)).toEqual(
      wanted,
    );
    const { status } = await send('/v1/tokenize', `{"__proto__":{"text":"x"},${long},"tokenizer":"demo"}`);
    expect(status).toBe(400);
    expect(({} as { readonly text?: string }).text).toBeUndefined();
  });

  const long = JSON.stringify(Array.from({ length: PIECE / 2 }, (_, i) => i));
  it.each([
    ['that ends too early', `{"tokenIds":${long}`],
    ['that ends within a string', `{"text":"${'x'.repeat(2 * PIECE)}`],
    ['with a comma too many at the end', `{"tokenIds":${long.slice(0, -1)},]}`],
    ['with a comma too many between', `{"tokenIds":${long.replace(',20000,', ',,20000,')}}`],
    ['without a comma', `{"tokenIds":${long} "text":"x"}`],
    ['without a comma between lists', `{"accounts":[${long}${long}]}`],
    ['without a name', `{${long}}`],
    ['with brackets that do not match', `{"tokenIds":${long.slice(0, -1)}}]`],
    ['with something behind it', `{"tokenIds":${long}}{}`],
    ['with something before it', `x{"tokenIds":${long}}`],
    ['with a word that is none', `{"tokenIds":${long.replace(',20000,', ',nul,')}}`],
    ['of blanks', ' '.repeat(2 * PIECE)],
  ])('is refused %s', async (_, raw) => {
    const { status, json } = await send('/v1/detections', raw);
    expect({ status, json }).toMatchObject({ status: 400, json: { error: { code: 'invalid-json' } } });
  });

  it.each([
    ['nests more than 64 deep', '['.repeat(65) + '0'.padStart(PIECE, ' ') + ']'.repeat(65)],
    ['has more than 10000 lists and objects', `[${Array.from({ length: 100_000 }, () => '{}').join(',')}]`],
    [
      'has an object of more than 10000 members',
      `{${Array.from({ length: 10_001 }, (_, i) => `"name-${i}":0${' '.repeat(20)}`).join(',')}}`,
    ],
  ])('is refused where it %s', async (fault, raw) => {
    const { status, json } = await send('/v1/detections', raw);
    expect({ status, json }).toMatchObject({ status: 400, json: { detail: `the body ${fault}` } });
  });

  it('is refused where its values would take more memory than one and a half times the largest body', async () => {
    const { status, json } = await send('/v1/detections', `{"tokenIds":[${'0,'.repeat(800_000)}0]}`);
    expect({ status, json }).toMatchObject({
      status: 413,
      json: { limit: { name: 'COUNTERMARK_MAX_BODY_BYTES', value: 4 * 2 ** 20 } },
    });
  });
});
