import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS } from './command.ts';
import { demoKey, Generation, PROMPT, writeKey } from './fixtures.ts';
import {
  command,
  detect,
  EXP_EDIT,
  importKey,
  json,
  LEFT_HASH,
  MARKER,
  openDesk,
  pathOf,
  refusal,
  SYNTH_ID,
  VLLM,
  write,
} from './interop-desk.ts';

openDesk();

const license = fileURLToPath(new URL('../../LICENSE', import.meta.url));

describe.each([
  ['synthid-hf', SYNTH_ID],
  ['vllm-gumbel', VLLM],
  ['kgw-hf', LEFT_HASH],
])('an answer marked with an imported key: %s', (profile, config) => {
  let key: string;
  let answer: Generation;
  const text = `${profile}.txt`;

  beforeAll(async () => {
    key = await importKey(profile, config);
    // An end before 120 tokens says nothing of the mark: the first seed with a longer answer is taken.
    for (let seed = 1; seed <= 10 && (answer?.tokenIds.length ?? 0) < 120; seed++) {
      answer = Generation.parse(
        await json(
          ...['generate', '--key', key, '--model', 'demo', '--prompt', PROMPT, '--max-tokens', '200'],
          ...['--seed', `${seed}`],
        ),
      );
    }
    write(text, answer.text);
    write(`${profile}-ids.json`, answer.tokenIds);
  }, PATIENCE_MS);

  it('says which key marked it', async () => {
    const { keyId, fingerprint } = (await json('params', '--key', key)) as Record<string, unknown>;
    expect(answer).toMatchObject({ watermarked: true, keyId, params: fingerprint });
    expect(answer).not.toHaveProperty('counts');
  });

  it('is detected as text and as ids, by key file and by configuration', async () => {
    const file = `${profile}.json`;
    const found = { verdict: 'detected', profile, keyId: answer['keyId'] };
    expect(await detect('--key', key, text)).toMatchObject(found);
    expect(await detect('--key', key, '--ids', `${profile}-ids.json`)).toMatchObject({
      ...found,
      total: answer.tokenIds.length,
    });
    expect(await detect('--params', file, '--tokenizer', 'demo', text)).toMatchObject(found);
    expect(
      await detect('--params', file, '--vocab-size', '4096', '--ids', `${profile}-ids.json`),
    ).toMatchObject({ verdict: 'detected', profile });
    const { stdout } = await command('detect', '--key', key, text);
    expect(stdout).toMatch(new RegExp(`^${profile}\\.txt: detected\n`));
    expect(stdout).toMatch(new RegExp(`^ {2}key {6}${answer['keyId']} \\(${profile}\\)$`, 'm'));
  });

  it('is not found by another key, and unmarked text is not', async () => {
    expect((await detect('--key', key, license)).verdict).toBe('not-detected');
    const other = 'other-vendor.json';
    const changed = Object.entries(config).map(([name, value]) =>
      name === 'keys' ? [name, SYNTH_ID.keys.map((each) => each + 1)] : [name, value],
    );
    write(other, {
      ...Object.fromEntries(changed),
      ...('key' in config ? { key: `${MARKER}1` } : {}),
      ...('hashing_key' in config ? { hashing_key: Number(`${MARKER}1`) } : {}),
    });
    expect((await detect('--params', other, '--tokenizer', 'demo', text)).verdict).toBe('not-detected');
  });

  it('is located, ranked among decoys and shown in a page', async () => {
    const { verdict, regions } = await detect('--key', key, '--regions', text);
    expect(verdict).toBe('detected');
    expect(regions?.length).toBeGreaterThan(0);
    const { decoys } = await detect('--key', key, '--decoys', '19', text);
    expect(decoys).toMatchObject({ count: 19, atLeastAsStrong: 0 });
    const { status, stdout } = await command('detect', '--key', key, '--format', 'html', text);
    expect(status).toBe(0);
    expect(stdout).toContain(profile);
    expect(stdout).toContain(answer['keyId']);
  });

  it('is told from others by several keys at once, ours among them', async () => {
    const own = await demoKey(1);
    writeKey(pathOf('own.key'), own);
    const tree = await importKey('tree', { algorithm: 'synthid', key: MARKER }, '--force');
    const { keyId, keys, corrections } = await detect('--key', 'own.key', '--key', key, '--key', tree, text);
    expect(keyId).toBe(answer['keyId']);
    expect(keys.map((each) => each.profile)).toEqual([undefined, profile, 'vllm-synthid']);
    expect(keys.map(({ verdict }) => verdict)).toEqual(['not-detected', 'detected', 'not-detected']);
    expect(corrections).toEqual([{ method: 'holm', over: 'keys', tests: 3 }]);
  });
});

describe('what a key cannot do', () => {
  let key: string;
  let idsOnly: string;
  let whole: string;
  beforeAll(async () => {
    key = await importKey('able', SYNTH_ID);
    whole = await importKey('whole', EXP_EDIT);
    write('ids-only.json', VLLM);
    idsOnly = 'ids-only.key';
    await command('params', 'import', 'ids-only.json', '--vocab-size', '4096', '--out', idsOnly);
    write('word.txt', 'One');
    write('accounts.txt', 'customer-17\n');
  });

  it('has nothing to say of a text shorter than an n-gram', async () => {
    const { status, stdout } = await command('detect', '--key', key, '--format', 'json', 'word.txt');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'inconclusive', scored: 0, pValue: 1 });
    expect((await command('detect', '--key', key, '--fail-on', 'inconclusive', 'word.txt')).status).toBe(3);
  });

  it.each([
    ['trace', ['--accounts', 'accounts.txt', 'word.txt']],
    ['scan', ['.', '--out', 'scan']],
    ['evaluate', ['--model', 'demo']],
  ])('is refused by %s', async (name, args) => {
    expect(await refusal(name, '--key', key, ...args)).toBe(
      'able.key: this is a key of another watermark: only detect, generate and params take such a key',
    );
  });

  it('tests token ids only, without a tokenizer', async () => {
    expect(await refusal('detect', '--key', idsOnly, license)).toMatch(
      /^key [0-9a-f]{32} has no tokenizer: it can test token ids, with --ids, or be imported with --tokenizer$/,
    );
    expect(await refusal('generate', '--key', idsOnly, '--model', 'demo', '--prompt', PROMPT)).toMatch(
      /^key [0-9a-f]{32} has no tokenizer: /,
    );
    write('few.json', [1, 2, 3, 4, 5, 6]);
    const detection = await detect('--key', idsOnly, '--ids', 'few.json');
    expect(detection).toMatchObject({ verdict: 'inconclusive', scored: 2, total: 6 });
    write('outside.json', [1, 2, 4096]);
    expect(await refusal('detect', '--key', idsOnly, '--ids', 'outside.json')).toContain('token id 4096');
  });

  it('carries no accounts', async () => {
    const args = ['generate', '--key', key, '--model', 'demo', '--prompt', PROMPT];
    expect(await refusal(...args, '--account', 'customer-17')).toBe(
      '"accountId" expected a key that carries accounts, got one of synthid-hf',
    );
  });

  it('ranks an exp-edit key among as many random ones as asked for', async () => {
    const detection = await detect('--key', whole, '--permutations', '19', '--alpha', '0.01', license);
    // A rank among 20, so that level 0.01 is out of reach.
    expect(detection).toMatchObject({ profile: 'exp-edit', verdict: 'inconclusive' });
    expect(detection.pValue * 20).toBeCloseTo(Math.round(detection.pValue * 20), 9);
    expect(await refusal('detect', '--key', whole, '--permutations', '1000001', license)).toMatch(
      /^--permutations expected an integer in 1 … 1,000,000/,
    );
    expect(await refusal('detect', '--key', whole, '--regions', license)).toBe(
      '--regions expected keys that can test a part of a text, got exp-edit: its key is ranked among random keys by the whole text',
    );
  });

  it('does not write exp-edit', async () => {
    expect(await refusal('generate', '--key', whole, '--model', 'demo', '--prompt', PROMPT)).toBe(
      '--key expected a mark of (context, token) tuples, got exp-edit: only startExpEdit writes it',
    );
  });

  it('is given once', async () => {
    expect(
      await refusal('detect', '--key', key, '--params', 'able.json', '--tokenizer', 'demo', license),
    ).toMatch(/^able\.json: key [0-9a-f]{32} was given before$/);
  });
});
