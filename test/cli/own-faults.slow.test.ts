import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from './command.ts';
import { demoKey, makeDirectory, writeKey } from './fixtures.ts';

const directory = makeDirectory();
const key = writeKey(join(directory, 'demo.key'), await demoKey(1));
const text = join(directory, 'text.txt');
writeFileSync(text, 'The state of the nation is good, they say, and nobody doubts it any more. '.repeat(10));
const accounts = join(directory, 'accounts.txt');
writeFileSync(accounts, 'somebody\n');

/** Runs the command on a host where a function that every tail needs fails, while `within` runs. */
function runBroken(error: string, within: string, args: readonly string[]) {
  const source = `const { log10 } = Math;
    Error.stackTraceLimit = 50;
    Math.log10 = (x) => {
      if (new Error().stack.includes('at ${within}')) throw ${error};
      return log10(x);
    };`;
  return run(args, { node: ['--import', `data:text/javascript,${encodeURIComponent(source)}`] });
}

describe('a RangeError that is no refusal of an option', () => {
  it.each([
    ['detect', 'Detector.detect', ['detect', '--key', key, text]],
    ['trace', 'AccountTracer.trace', ['trace', '--key', key, '--accounts', accounts, text]],
    ['plan-tokens', 'planAnswer', ['plan-tokens', '--scheme', 'gumbel', '--entropy', '2']],
  ])('is a fault of ours: %s', async (_, within, args) => {
    const message = 'Invalid array length';
    expect(await runBroken(`new RangeError('${message}')`, within, args)).toEqual({
      status: 70,
      stdout: '',
      stderr: `countermark: internal error: ${message}\n`,
    });
  });

  it('is one of ours too where a library refuses what the command gives it, beyond what was checked', async () => {
    const refusal = '"words" expected 5 values, got 4';
    const { status, stderr } = await runBroken(`new RangeError('${refusal}')`, 'Detector.detect', [
      'detect',
      '--key',
      key,
      text,
    ]);
    expect({ status, stderr }).toEqual({ status: 70, stderr: `countermark: internal error: ${refusal}\n` });
  });
});

describe('a value that a library refuses', () => {
  it.each([
    ['detect --alpha 2', ['detect', '--key', key, '--alpha', '2', text]],
    ['trace --alpha 2', ['trace', '--key', key, '--accounts', accounts, '--alpha', '2', text]],
    ['plan-tokens --entropy -1', ['plan-tokens', '--scheme', 'gumbel', '--entropy', '-1']],
    ['plan-tokens --gamma 2', ['plan-tokens', '--scheme', 'green-list', '--gamma', '2', '--entropy', '2']],
    ['generate --top-p 2', ['generate', '--model', 'demo', '--key', key, '--prompt', 'x', '--top-p', '2']],
    [
      'generate --start-bits 65',
      ['generate', '--model', 'demo', '--key', key, '--prompt', 'x', '--start-bits', '65'],
    ],
    [
      'generate, unmarked',
      ['generate', '--model', 'demo', '--no-watermark', '--prompt', 'x', '--top-p', '2'],
    ],
    [
      'a prompt beyond the context',
      ['generate', '--model', 'demo', '--key', key, '--prompt', 'x '.repeat(3000)],
    ],
    [
      'keygen --context-width 99',
      ['keygen', '--out', join(directory, 'x'), '--tokenizer', 'demo', '--context-width', '99'],
    ],
    [
      'ngrams --order 9',
      ['ngrams', '--out', join(directory, 'x.ngrams'), '--tokenizer', 'demo', '--order', '9', text],
    ],
    ['evaluate --attacks none', ['evaluate', '--key', key, '--model', 'demo', '--attacks', 'nope']],
    ['evaluate --alpha 2', ['evaluate', '--key', key, '--model', 'demo', '--alpha', '2']],
    [
      'scan --max-record-mb 99999',
      ['scan', '--key', key, '--max-record-mb', '99999', '--out', join(directory, 'o'), text],
    ],
  ])("is the user's to mend: %s", async (_, args) => {
    const { status, stderr } = await run(args);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(/expected|must be/) });
  });
});
