/** Keys that travel by command: from the library's key files to a server's store, and back. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from './command.ts';
import { demoKey, makeDirectory, writeKey } from './fixtures.ts';

const directory = makeDirectory();
const at = (name: string): string => join(directory, name);
const PASSPHRASE = 'a passphrase of the house';
writeFileSync(at('passphrase'), `${PASSPHRASE}\n`, { mode: 0o600 });
writeFileSync(at('seal-key'), `${Buffer.alloc(32, 9).toString('base64url')}\n`, { mode: 0o600 });
const [key, second] = [await demoKey(1), await demoKey(2)];
writeKey(at('key.json'), key);
writeKey(at('second.json'), second);

const countermark = (...args: string[]) => run(args, { cwd: directory });
const done = async (...args: string[]): Promise<string> => {
  const { status, stdout, stderr } = await countermark(...args);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(stdout + stderr).not.toContain(PASSPHRASE);
  return stdout;
};

describe('countermark keys', () => {
  it('takes key files sealed into a store, lists them, and gives the very files back', async () => {
    await done(
      'keys',
      'seal',
      'key.json',
      'second.json',
      '--label',
      'main',
      '--out',
      'sealed.json',
      '--passphrase-file',
      'passphrase',
    );
    expect(statSync(at('sealed.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(at('sealed.json'), 'utf8')).not.toContain('"secret"');
    await done('keys', 'import', 'sealed.json', '--passphrase-file', 'passphrase', '--data', 'data');
    const list = await done('keys', 'list', '--data', 'data');
    expect(list.trim().split('\n').toSorted()).toEqual(
      [`${key.keyId}  main  active`, `${second.keyId}  main  retired`].toSorted(),
    );
    await done(
      'keys',
      'export',
      '--key',
      key.keyId,
      '--key',
      second.keyId,
      '--out',
      'out.json',
      '--seal-key-file',
      'seal-key',
      '--data',
      'data',
    );
    mkdirSync(at('files'));
    await done('keys', 'unseal', 'out.json', '--out', 'files', '--seal-key-file', 'seal-key');
    for (const [name, { keyId }] of [
      ['key.json', key],
      ['second.json', second],
    ] as const) {
      const path = join(at('files'), `${keyId}.json`);
      expect(readFileSync(path, 'utf8')).toBe(readFileSync(at(name), 'utf8'));
      expect(statSync(path).mode & 0o777).toBe(0o600);
    }
    const log = JSON.parse(
      await done('audit-log', '--subject', key.keyId, '--format', 'json', '--data', 'data'),
    ) as {
      data: { action: string; actor: string }[];
    };
    expect(log.data.map(({ action, actor }) => `${actor} ${action}`)).toEqual([
      'command keys.exported',
      'command key.imported',
    ]);
  });

  it('takes a key file as it is, for a tenant', async () => {
    writeKey(at('third.json'), await demoKey(4));
    await done('keys', 'import', 'third.json', '--label', 'theirs', '--tenant', 'acme', '--data', 'data');
    expect(await done('keys', 'list', '--data', 'data')).toMatch(/ {2}theirs {2}active {2}acme$/m);
  });

  it('refuses what it cannot do, by name, and repeats no secret', async () => {
    writeFileSync(at('short'), 'short\n', { mode: 0o600 });
    writeFileSync(at('open'), `${PASSPHRASE}\n`, { mode: 0o644 });
    writeFileSync(at('other'), 'some other passphrase\n', { mode: 0o600 });
    const cases = [
      [['import', 'key.json', '--data', 'data'], '--label is needed'],
      [['import', 'sealed.json', '--data', 'data'], 'give either --passphrase-file or --seal-key-file'],
      [['import', 'sealed.json', '--passphrase-file', 'other', '--data', 'data'], 'do not open'],
      [['import', 'sealed.json', '--passphrase-file', 'short', '--data', 'data'], 'at least 12 characters'],
      [['import', 'sealed.json', '--passphrase-file', 'open', '--data', 'data'], 'everybody may read it'],
      [
        ['unseal', 'key.json', '--out', 'files', '--passphrase-file', 'passphrase'],
        'not a file of sealed keys',
      ],
      [
        [
          'export',
          '--key',
          'f'.repeat(32),
          '--out',
          'x',
          '--passphrase-file',
          'passphrase',
          '--data',
          'data',
        ],
        'there is no key',
      ],
      [
        ['seal', 'key.json', '--label', 'main', '--out', 'sealed.json', '--passphrase-file', 'passphrase'],
        'exists already',
      ],
    ] as const;
    for (const [args, message] of cases) {
      const { status, stderr } = await countermark('keys', ...args);
      expect({ args, status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining(message) });
      expect(stderr).not.toContain(PASSPHRASE);
    }
  });
});
