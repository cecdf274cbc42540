import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { COMMAND, type Ended, run } from '../../cli/command.ts';
import { makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { keyFrom } from '../../support/random-key.ts';
import { resultsIn, VOCAB } from './runs.ts';

// The superuser may read everything: the command runs as nobody then.
const USER = process.getuid?.() === 0 ? 65_534 : undefined;
const isReachable =
  USER === undefined ||
  spawnSync(process.execPath, [COMMAND, '--version'], { uid: USER, gid: USER }).status === 0;

const directory = makeDirectory();
chmodSync(directory, 0o777);
const keyFile = writeKey(join(directory, 'vendor.key'), keyFrom('permissions', VOCAB));
chmodSync(keyFile, 0o644);
const corpus = join(directory, 'corpus');
const closed = join(corpus, 'closed');
mkdirSync(closed, { recursive: true });
const secret = join(closed, 'secret.jsonl');
for (const path of [join(corpus, 'open.jsonl'), secret]) writeFileSync(path, '{"input_ids": [1, 2, 3]}\n');

function countermark(...args: readonly string[]): Promise<Ended> {
  return run(args, { user: USER });
}

describe.skipIf(!isReachable)('what may not be read', () => {
  afterEach(() => {
    chmodSync(closed, 0o755);
    chmodSync(secret, 0o644);
  });

  it.each([
    ['a file in a directory', secret, corpus, 0],
    ['a file that a pattern matches', secret, join(corpus, '**', '*.jsonl'), 0],
    ['a directory', closed, corpus, 0],
    ['a directory below which a pattern looks', closed, join(corpus, '**', '*.jsonl'), 0],
    ['a directory that may be listed only', closed, corpus, 0o644],
    ['what such a directory holds', closed, join(corpus, '**', '*.jsonl'), 0o644],
  ])('is told, and ends no scan: %s', async (name, path, input, mode) => {
    const out = join(directory, `out of ${name}`);
    chmodSync(path, mode);
    const { status, stderr } = await countermark('scan', '--key', keyFile, '--out', out, input);
    expect(status, stderr).toBe(4);
    // What is named is the path, or something below it.
    expect(stderr).toMatch(
      new RegExp(`^NOT READ: ${path}(/[^ ]*)?: cannot be read: permission denied$`, 'm'),
    );
    const { unread, documents } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
    expect({ documents, unread }).toMatchObject({ documents: 1, unread: { inputs: [{ reason: 'denied' }] } });
  });

  it('is told, and ends no scan: a pattern in a directory that may not be searched, beside other inputs', async () => {
    const out = join(directory, 'out of a closed pattern');
    const pattern = join(closed, '*.jsonl');
    chmodSync(closed, 0);
    const { status, stderr } = await countermark(
      'scan',
      '--key',
      keyFile,
      '--out',
      out,
      pattern,
      join(corpus, 'open.jsonl'),
    );
    expect(status, stderr).toBe(4);
    expect(stderr).toContain(`NOT READ: ${pattern}: cannot be read: permission denied\n`);
    const { unread, documents } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
    expect({ documents, unread }).toMatchObject({
      documents: 1,
      unread: { inputs: [{ location: pattern, reason: 'denied' }] },
    });
  });

  it('ends a scan of nothing else', async () => {
    const out = join(directory, 'out of one');
    chmodSync(secret, 0);
    const { status, stdout, stderr } = await countermark('scan', '--key', keyFile, '--out', out, secret);
    expect({ status, stdout }, stderr).toEqual({ status: 74, stdout: '' });
    expect(stderr).toBe(`countermark: ${secret}: cannot be read: permission denied\n`);
    expect(resultsIn(out)).toEqual([]);
  });

  it('ends a scan whose plan could still read it', async () => {
    const out = join(directory, 'planned');
    const manifest = join(out, 'manifest.json');
    expect(await countermark('plan', '--key', keyFile, '--out', out, corpus)).toMatchObject({ status: 0 });
    chmodSync(secret, 0);
    const scan = ['scan', '--key', keyFile, '--manifest', manifest, '--task', '0', '--tasks', '1'];
    const { status, stderr } = await countermark(...scan);
    expect(status).toBe(2);
    expect(stderr).toContain(`countermark: ${secret}: permission denied\n`);
    expect(await countermark('merge', '--key', keyFile, '--manifest', manifest)).toMatchObject({ status: 4 });
    expect(resultsIn(out)).toEqual([]);
  });
});
