import { describe, expect, it } from 'vitest';
import { run, runWarm, VERSION } from './command.ts';

describe('countermark', () => {
  it('prints its version', async () => {
    expect(await run(['--version'])).toEqual({ status: 0, stdout: `${VERSION}\n`, stderr: '' });
  });

  it('refuses what it does not know with one line and status 2', async () => {
    const { status, stdout, stderr } = await run(['nope']);
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: 'countermark: unknown command \'nope\'; "countermark --help" lists the commands\n',
    });
  });

  it.each([['--help'], ['help'], ['keygen --help'], ['help detect'], ['demo -h']])(
    'prints help for %j',
    async (line) => {
      const { status, stdout, stderr } = await runWarm(line.split(' '));
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: countermark /);
    },
  );

  it('lists each command as the command itself says it is called', async () => {
    const { stdout } = await runWarm(['--help']);
    const lines = stdout.slice(stdout.indexOf('Commands:')).split('\n');
    const terms = lines
      .map((line) => /^ {2}(\S.*?)(?: {2,}|$)/.exec(line)?.[1])
      .filter((term) => term !== undefined);
    expect(terms.length).toBeGreaterThan(15);
    for (const term of terms.filter((each) => !each.startsWith('help'))) {
      const [name = '', ...after] = term.split(' ');
      const { stdout: own } = await runWarm([name, '--help']);
      const [, usage = ''] = /^Usage: countermark \S+(.*)$/m.exec(own) ?? [];
      // A command of commands is named alone, and what it has beside its own options is not told here.
      expect([name, usage.trim().replace(/ \[command\]$/, '')]).toEqual([
        name,
        after.join(' ') || '[options]',
      ]);
    }
  });

  it('knows its commands wherever they stand among the arguments', async () => {
    const { stderr } = await runWarm(['--', 'keygen']);
    expect(stderr).toContain("required option '--out <file>' not specified");
  });

  it.each(['', 'help nope'])('shows its help, as a fault, for "%s"', async (line) => {
    const { status, stdout, stderr } = await runWarm(line.split(' ').filter((word) => word !== ''));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: countermark /);
  });

  it.each([
    ['kegen --out x', "unknown command 'kegen' (Did you mean keygen?)"],
    ['keygen', "required option '--out <file>' not specified"],
    ['keygen --out', "option '--out <file>' argument missing"],
    ['keygen --out x --tokenizr demo', "unknown option '--tokenizr' (Did you mean --tokenizer?)"],
    ['params --key x --format xml', 'Allowed choices are text, json'],
    ['params --key x y', 'too many arguments'],
    ['detect --key x', "missing required argument 'file'"],
    ['detect x', 'give a key file with --key, or the configuration of another watermark with --params'],
    ['detect --profile kgw --key y x', '--profile belongs to --params'],
    ['params', "required option '--key <file>' not specified"],
    ['detect --key x y --min-tokens 0', 'It is not an integer of at least 1.'],
    ['detect --key x y --alpha low', 'It is not a number.'],
    ['detect --key x y --fail-on not-detected', 'Allowed choices are detected, inconclusive.'],
    ['generate --model demo --prompt x --max-tokens 1.5', 'It is not an integer of at least 1.'],
    ['generate --model demo --prompt x', '--key is needed, or --no-watermark'],
    ['generate --model demo --no-watermark', 'give either --prompt or --prompt-file'],
    [
      'generate --model demo --no-watermark --prompt x --prompt-file y',
      'give either --prompt or --prompt-file',
    ],
    ['demo extra', 'too many arguments'],
  ])('refuses %j with one line and status 2', async (line, message) => {
    const { status, stdout, stderr } = await runWarm(line.split(' '));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^countermark: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });
});
