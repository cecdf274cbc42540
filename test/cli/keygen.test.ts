import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoModelFiles } from '@countermark/demo-model';
import { parseKeyFile } from '@countermark/watermark';
import { TOKENIZER_NAMES } from '@countermark/watermark/tokenizer';
import { describe, expect, it } from 'vitest';
import { run, runJson, runWarm } from './command.ts';
import { makeDirectory } from './fixtures.ts';

const directory = makeDirectory();
const path = (name: string): string => join(directory, name);
const readKey = (name: string) => parseKeyFile(readFileSync(path(name), 'utf8'));
const keygen = (name: string, ...args: string[]) => runWarm(['keygen', '--out', path(name), ...args]);

describe('keygen', () => {
  it('writes a key file that nobody else may read, and prints its public part', async () => {
    const { status, stdout, stderr } = await run(['keygen', '--out', path('new.key')]);
    const key = readKey('new.key');
    expect(status).toBe(0);
    expect(statSync(path('new.key')).mode & 0o777).toBe(0o600);
    expect(stdout).toBe(`key id       ${key.keyId}\nfingerprint  ${key.fingerprint}\n`);
    expect(stderr).toBe(`wrote ${path('new.key')}; keep it secret\n`);
    expect(key.params).toMatchObject({
      tokenizer: { name: 'o200k_base', vocabSize: 200_019 },
      contextWidth: 4,
      commonShare: 0.5,
      accountShare: 0.4,
      codeLength: 4096,
      scheme: { kind: 'gumbel' },
    });
  });

  it('makes another secret each time', async () => {
    await keygen('first.key', '--tokenizer', 'demo');
    await keygen('second.key', '--tokenizer', 'demo');
    expect(readKey('first.key').fingerprint).toBe(readKey('second.key').fingerprint);
    expect(readKey('first.key').keyId).not.toBe(readKey('second.key').keyId);
  });

  it('keeps a file that is there, byte for byte, unless it is told to replace it', async () => {
    writeFileSync(path('there.key'), 'somebody needs this');
    const refused = await keygen('there.key', '--tokenizer', 'demo');
    expect(refused).toEqual({
      status: 2,
      stdout: '',
      stderr: `countermark: ${path('there.key')}: exists already; --force replaces it\n`,
    });
    expect(readFileSync(path('there.key'), 'utf8')).toBe('somebody needs this');

    const { status } = await keygen('there.key', '--tokenizer', 'demo', '--force');
    expect(status).toBe(0);
    expect(readKey('there.key').params.tokenizer.name).toBe('demo');
    expect(statSync(path('there.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  it('never prints the secret', async () => {
    for (const format of ['text', 'json']) {
      const { stdout, stderr } = await keygen(`${format}.key`, '--tokenizer', 'demo', '--format', format);
      const secret = Buffer.from(readKey(`${format}.key`).exportSecret());
      for (const encoding of ['base64url', 'base64', 'hex'] as const) {
        expect(stdout + stderr).not.toContain(secret.toString(encoding));
      }
    }
  });

  it('prints one JSON value, the public part', async () => {
    const printed = await runJson([
      'keygen',
      '--out',
      path('json-form.key'),
      '--tokenizer',
      'demo',
      '--format',
      'json',
    ]);
    expect(printed).toEqual({ object: 'key', ...readKey('json-form.key').toJSON() });
  });

  it.each(TOKENIZER_NAMES)('knows the tokenizer %s', async (name) => {
    expect((await keygen(`${name}.key`, '--tokenizer', name)).status).toBe(0);
    expect(readKey(`${name}.key`).params.tokenizer.name).toBe(name);
  });

  it('takes a tokenizer.json, or the directory of one, and keeps only the name', async () => {
    const { tokenizer, onnxDirectory } = demoModelFiles();
    for (const where of [tokenizer, onnxDirectory]) {
      expect((await keygen('file.key', '--tokenizer', where, '--force')).status).toBe(0);
      expect(readKey('file.key').params.tokenizer).toMatchObject({ name: 'countermark-demo' });
    }
    await keygen('named.key', '--tokenizer', 'demo');
    expect(readKey('file.key').params.tokenizer.fingerprint).toBe(
      readKey('named.key').params.tokenizer.fingerprint,
    );
  });

  it.each([
    [['--scheme', 'gumbel'], { kind: 'gumbel' }],
    [['--scheme', 'green-list'], { kind: 'green-list', gamma: 0.25, delta: 2 }],
    [
      ['--scheme', 'green-list', '--gamma', '0.5', '--delta', '1.5'],
      { kind: 'green-list', gamma: 0.5, delta: 1.5 },
    ],
    [['--scheme', 'tournament'], { kind: 'tournament', depth: 30 }],
    [['--scheme', 'tournament', '--depth', '7'], { kind: 'tournament', depth: 7 }],
  ])('makes a key of %j', async (args, scheme) => {
    expect((await keygen('scheme.key', '--tokenizer', 'demo', '--force', ...args)).status).toBe(0);
    expect(readKey('scheme.key').params.scheme).toEqual(scheme);
  });

  it('takes the width, the shares and the code length', async () => {
    const given = {
      '--context-width': '2',
      '--common-share': '0.25',
      '--account-share': '0.5',
      '--code-length': '64',
    };
    await keygen('shares.key', '--tokenizer', 'demo', ...Object.entries(given).flat());
    expect(readKey('shares.key').params).toMatchObject({
      contextWidth: 2,
      commonShare: 0.25,
      accountShare: 0.5,
      codeLength: 64,
    });
  });

  it.each([
    [['--gamma', '0.3'], '--gamma belongs to --scheme green-list, not gumbel'],
    [['--scheme', 'tournament', '--delta', '1'], '--delta belongs to --scheme green-list, not tournament'],
    [['--scheme', 'green-list', '--depth', '9'], '--depth belongs to --scheme tournament, not green-list'],
    [['--scheme', 'green-list', '--gamma', '1'], 'scheme.gamma'],
    [['--scheme', 'tournament', '--depth', '31'], 'scheme.depth'],
    [['--context-width', '16'], 'contextWidth'],
    [['--code-length', '1000'], 'codeLength: must be a power of two'],
    [['--common-share', '0.8', '--account-share', '0.3'], 'commonShare + accountShare must be at most 1'],
    [['--common-share', '0', '--account-share', '0'], 'nothing would be marked'],
    [['--scheme', 'other'], 'Allowed choices are gumbel, green-list, tournament'],
    [['--tokenizer', 'o200k'], 'expected one of o200k_harmony, o200k_base, cl100k_base'],
  ])('refuses %j and leaves no file', async (args, message) => {
    const { status, stdout, stderr } = await keygen('refused.key', '--tokenizer', 'demo', ...args);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^countermark: [^\n]+\n$/);
    expect(stderr).toContain(message);
    expect(existsSync(path('refused.key'))).toBe(false);
  });
});

// As on FAT: node's function for links fails as the system would.
const WITHOUT_LINKS = `data:text/javascript,
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  fs.promises.link = async () => {
    throw Object.assign(new Error('EPERM'), { code: 'EPERM', syscall: 'link' });
  };
  syncBuiltinESMExports();
`;

describe('keygen on a file system without links', () => {
  it('writes a new file, and keeps one that is there', async () => {
    const args = ['keygen', '--tokenizer', 'demo', '--out', path('linkless.key')];
    const first = await run(args, { node: ['--import', WITHOUT_LINKS] });
    expect(first.status).toBe(0);
    const { keyId } = readKey('linkless.key');
    const second = await run(args, { node: ['--import', WITHOUT_LINKS] });
    expect(second.stderr).toBe(`countermark: ${path('linkless.key')}: exists already; --force replaces it\n`);
    expect(readKey('linkless.key').keyId).toBe(keyId);
    expect(readdirSync(directory).filter((name) => name.includes('tmp'))).toEqual([]);
  });
});
