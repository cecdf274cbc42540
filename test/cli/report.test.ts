/** The pages that `--format html` prints, and the command in them. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { activeContent, sortableTables, unescaped, verdicts } from '../report/page.ts';
import { COMMAND, PATIENCE_MS, run, runWarm } from './command.ts';
import { demoKey, longAnswer, makeDirectory, writeKey } from './fixtures.ts';

const directory = makeDirectory();
// Everything that a shell or a page could take for something else.
const NAME = `odd 'name' "$HOME" \\ <b>&amp; é \u202e\u200b\n.txt`;
const key = writeKey(join(directory, 'vendor.key'), await demoKey(1));

beforeAll(async () => {
  const { text } = await longAnswer(['--key', key, '--account', 'user-7']);
  writeFileSync(join(directory, NAME), text);
  writeFileSync(
    join(directory, 'accounts.txt'),
    Array.from({ length: 99 }, (_, i) => `user-${i}\n`).join(''),
  );
}, PATIENCE_MS);

function commandIn(html: string): string {
  return unescaped(/<pre><code>([\s\S]*?)<\/code><\/pre>/.exec(html)?.[1] ?? '');
}

describe.each([
  ['detect', ['--key', 'vendor.key']],
  ['trace', ['--key', 'vendor.key', '--accounts', 'accounts.txt', '--top', '2']],
])('%s --format html', (command, options) => {
  const args = [command, ...options, '--format', 'html', NAME, 'vendor.key'];

  it('prints one page and nothing else', async () => {
    const { status, stdout, stderr } = await run(args, { cwd: directory });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    expect(activeContent(stdout)).toEqual([]);
    expect(verdicts(stdout)[0]).toMatch(/^(Detected|One account named) at level /);
  });

  it('shows a command that prints the same page again', async () => {
    const { stdout } = await runWarm(args, directory);
    const script = `countermark() { '${process.execPath}' '${COMMAND}' "$@"; }\n${commandIn(stdout)}\n`;
    const again = execFileSync('bash', ['-c', script], { cwd: directory, encoding: 'utf8' });
    expect(again).toBe(stdout);
    expect(commandIn(stdout)).not.toMatch(/[\p{C}\p{Default_Ignorable_Code_Point}]/u);
  });
});

describe('trace --format html', () => {
  it('shows the accounts that are named or asked for, and no other', async () => {
    const args = ['trace', '--key', key, '--accounts', join(directory, 'accounts.txt'), '--format', 'html'];
    const one = (await runWarm([...args, join(directory, NAME)])).stdout;
    expect([...new Set(one.match(/user-\d+/g))]).toEqual(['user-7']);
    const two = (await runWarm([...args, '--top', '2', join(directory, NAME)])).stdout;
    const [accounts] = sortableTables(two);
    expect(accounts!.rows.map(([account, verdict]) => [account, verdict])).toEqual([
      ['user-7', 'named'],
      [expect.stringMatching(/^user-\d+$/), 'not named'],
    ]);
  });
});
