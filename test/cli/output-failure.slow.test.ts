import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseKeyFile } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { COMMAND, endOf, run, start } from './command.ts';
import { demoKey, makeDirectory, PROMPT, writeKey } from './fixtures.ts';

const directory = makeDirectory();
const keyFile = writeKey(join(directory, 'vendor.key'), await demoKey(1));
const textFile = join(directory, 'text.txt');
writeFileSync(textFile, 'A text.');

const FULL = '/dev/full';
const generate = ['generate', '--key', keyFile, '--model', 'demo', '--prompt', PROMPT];

describe.skipIf(!existsSync(FULL))('standard output on a full disk', () => {
  it.each([
    ['params', ['params', '--key', keyFile]],
    ['generate', generate],
    ['generate --format json', [...generate, '--max-tokens', '4', '--format', 'json']],
    ['detect', ['detect', '--key', keyFile, textFile]],
    ['detect --format html', ['detect', '--key', keyFile, '--format', 'html', textFile]],
    ['demo', ['demo', '--out', join(directory, 'demo')]],
    ['--help', ['--help']],
    ['--version', ['--version']],
  ])('ends %s with status 74 and one line', async (_name, args) => {
    const full = openSync(FULL, 'w');
    const { status, stderr } = await run(args, { stdout: full });
    closeSync(full);
    expect({ status, stderr }).toEqual({
      status: 74,
      stderr: 'countermark: standard output: no space left on the disk\n',
    });
  });

  it('still tells where the new key is', async () => {
    const full = openSync(FULL, 'w');
    const path = join(directory, 'new.key');
    const { status, stderr } = await run(['keygen', '--tokenizer', 'demo', '--out', path], { stdout: full });
    closeSync(full);
    expect(status).toBe(74);
    expect(stderr).toBe(
      `wrote ${path}; keep it secret\ncountermark: standard output: no space left on the disk\n`,
    );
    expect(() => parseKeyFile(readFileSync(path, 'utf8'))).not.toThrow();
  });
});

describe('a closed pipe', () => {
  it('stops generate with status 74 and one line', async () => {
    const { child, ended } = start(generate);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { status, stderr } = await ended;
    expect({ status, stderr }).toEqual({
      status: 74,
      stderr: 'countermark: standard output: closed by its reader\n',
    });
  });

  it('stops it in a pipeline of the shell', async () => {
    const pipeline = '"$@" | head -c 10; echo " $PIPESTATUS"';
    const shell = spawn('bash', ['-c', pipeline, 'bash', process.execPath, COMMAND, ...generate]);
    const { stdout, stderr } = await endOf(shell);
    expect(stdout).toMatch(/^[\s\S]{10} 74\n$/);
    expect(stderr).toBe('countermark: standard output: closed by its reader\n');
  });
});

// In a user's own mount namespace, where the system grants one.
const namespace = ['--user', '--map-root-user', '--mount'];
const grants = spawnSync('unshare', [...namespace, 'mount', '-t', 'tmpfs', 'tmpfs', directory]).status === 0;

const ON_FULL_DISK = `
mount -t tmpfs -o size=64k tmpfs . && cd "$PWD" || exit
echo old > old.key
head -c 65536 /dev/zero > filler 2> /dev/null
"$@" keygen --tokenizer demo --out new.key; echo "status $?"
"$@" keygen --tokenizer demo --out old.key --force; echo "status $?"
cat old.key
ls -A
`;

describe.skipIf(!grants)('a key file on a full disk (needs unshare and tmpfs)', () => {
  it('is not written in part, and what was there is kept', async () => {
    const script = ['bash', '-c', ON_FULL_DISK, 'bash', process.execPath, COMMAND];
    const { stdout, stderr } = await endOf(spawn('unshare', [...namespace, ...script], { cwd: directory }));
    expect(stderr.split('\n')).toEqual([
      'countermark: new.key: no space left on the disk',
      'countermark: old.key: no space left on the disk',
      '',
    ]);
    expect(stdout.split('\n')).toEqual(['status 74', 'status 74', 'old', 'filler', 'old.key', '']);
  });
});
