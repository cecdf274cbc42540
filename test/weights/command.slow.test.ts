/** `detect` and `trace` with proxies, and `ngrams`, as a user runs them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoModelFiles } from '@countermark/demo-model';
import type { AccountTrace, Detection } from '@countermark/detector';
import { humanText } from '@countermark/fixtures';
import { createParams, WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run, runJson } from '../cli/command.ts';
import { demoKey, type Generation, longAnswer, makeDirectory, writeKey } from '../cli/fixtures.ts';

const directory = makeDirectory();
const path = (name: string): string => join(directory, name);
const keyFile = writeKey(path('vendor.key'), await demoKey(1));
const cool = ['--temperature', '0.5', '--account', 'account-7'];

async function detect(...args: string[]): Promise<Detection> {
  return (await runJson(['detect', '--format', 'json', '--key', keyFile, ...args])) as Detection;
}

let answer: Generation;
beforeAll(async () => {
  answer = await longAnswer(['--key', keyFile, ...cool, '--probabilities']);
  writeFileSync(path('answer.json'), JSON.stringify(answer));
  writeFileSync(path('answer.txt'), answer.text);
  writeFileSync(path('human.txt'), humanText('prose').slice(0, 300_000));
  writeFileSync(path('accounts.txt'), Array.from({ length: 1000 }, (_, i) => `account-${i}\n`).join(''));
}, PATIENCE_MS);

describe('generate --probabilities', () => {
  it('prints what detect and trace take', async () => {
    const ids = ['--ids', path('answer.json')];
    const plain = await detect(...ids);
    const known = await detect(...ids, '--probabilities', path('answer.json'));
    expect(known.weighted).toMatchObject({ source: 'known', log10PlainPValue: plain.log10PValue });
    // At this temperature the evidence about doubles; that it grows at all is what is asked for.
    expect(known.log10PValue).toBeLessThan(plain.log10PValue);
    const trace = async (...args: string[]) =>
      (await runJson([
        ...['trace', '--format', 'json', '--key', keyFile, '--accounts', path('accounts.txt')],
        ...args,
        ...ids,
      ])) as AccountTrace;
    const weighted = await trace('--probabilities', path('answer.json'));
    expect(weighted).toMatchObject({ weights: 'known', named: [{ account: 'account-7' }] });
    expect(weighted.log10PValue).toBeLessThan((await trace()).log10PValue);
  });
});

describe('detect --proxy', () => {
  it.each(['demo', 'gguf'])('weighs a text by what a model expects: %s', async (name) => {
    const proxy = name === 'gguf' ? demoModelFiles().gguf : name;
    const { weighted, log10PValue } = await detect('--proxy', proxy, path('answer.txt'));
    expect(weighted!.source).toBe('proxy');
    expect(weighted!.log10PValue).toBe(log10PValue);
    expect(log10PValue).toBeLessThan(weighted!.log10PlainPValue);
  });

  it('finds nothing in human text, nor under another key', async () => {
    writeFileSync(path('excerpt.txt'), humanText('e-mail').slice(0, 4000));
    expect((await detect('--proxy', 'demo', path('excerpt.txt'))).verdict).toBe('not-detected');
    const other = writeKey(path('other.key'), await demoKey(2));
    const found = (await runJson([
      ...['detect', '--format', 'json', '--key', other, '--proxy', 'demo', path('answer.txt')],
    ])) as Detection;
    expect(found.verdict).not.toBe('detected');
  });

  it('weighs the tokens of a key by a proxy with another tokenizer', async () => {
    const tokenizer = await openTokenizer('cl100k_base');
    const { name, vocabSize, fingerprint } = tokenizer;
    const params = createParams({ tokenizer: { name, vocabSize, fingerprint } });
    const file = writeKey(path('cl100k.key'), new WatermarkKey(params, new Uint8Array(32).fill(3)));
    const total = tokenizer.encode(answer.text).length;
    tokenizer.close();
    const args = ['detect', '--format', 'json', '--key', file, '--proxy', 'demo', path('answer.txt')];
    expect(await runJson(args)).toMatchObject({
      total,
      weighted: { source: 'proxy' },
      verdict: 'not-detected',
    });
  });

  it('is drawn into the HTML report', async () => {
    const { status, stdout } = await run([
      ...['detect', '--key', keyFile, '--proxy', 'demo', '--format', 'html', path('answer.txt')],
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain('<html');
  });

  it.each([
    [['--proxy', 'none.gguf'], 'no such file'],
    [['--proxy', 'none.ngrams'], 'no such file'],
    [['--proxy', '.'], 'holds no ONNX model'],
    [['--proxy', 'demo', '--proxy-tokenizer', 'x.json'], '--proxy-tokenizer belongs to a .gguf file'],
    [
      ['--proxy', 'demo', '--regions'],
      'give either --regions or --proxy: regions cannot be searched with weighed tokens',
    ],
  ])('refuses %j', async (args, message) => {
    const { status, stdout, stderr } = await run(['detect', '--key', keyFile, ...args, path('answer.txt')], {
      cwd: directory,
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('is refused for schemes that it cannot weigh', async () => {
    const file = writeKey(path('green.key'), await demoKey(1, { kind: 'green-list', gamma: 0.25, delta: 2 }));
    const { status, stderr } = await run(['detect', '--key', file, '--proxy', 'demo', path('answer.txt')]);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'countermark: --proxy is for gumbel keys, not green-list\n',
    });
  });
});

describe('ngrams', () => {
  const counts = path('human.ngrams');

  it('counts texts into a proxy', async () => {
    const made = await runJson([
      ...['ngrams', '--tokenizer', 'demo', '--out', counts, '--format', 'json', path('human.txt')],
    ]);
    expect(made).toMatchObject({ object: 'ngrams', order: 3, documents: 1, tokenizer: { name: 'demo' } });
    const { weighted, log10PValue } = await detect('--proxy', counts, path('answer.txt'));
    expect(weighted).toMatchObject({ source: 'proxy', log10PValue });
    const { stdout } = await run(['detect', '--key', keyFile, '--proxy', counts, path('answer.txt')]);
    expect(stdout).toMatch(/weights {2}\d+ tokens, by proxy probabilities/);
  });

  it('keeps a file that is there, and one whose making was refused', async () => {
    const before = readFileSync(counts);
    const again = ['ngrams', '--tokenizer', 'demo', '--out', counts, path('human.txt')];
    expect(await run(again)).toMatchObject({ status: 2, stderr: expect.stringContaining('--force') });
    expect(await run([...again, '--force', '--order', '9'])).toMatchObject({ status: 2 });
    expect(readFileSync(counts)).toEqual(before);
  });

  it('refuses another ending, and ids beyond the vocabulary', async () => {
    const { stderr } = await run([
      'ngrams',
      '--tokenizer',
      'demo',
      '--out',
      path('x.bin'),
      path('human.txt'),
    ]);
    expect(stderr).toContain('has to end in .ngrams');
    writeFileSync(path('ids.jsonl'), '[1,2,3]\n[4096]\n');
    const args = ['ngrams', '--tokenizer', 'demo', '--ids', '--out', path('x.ngrams'), path('ids.jsonl')];
    expect(await run(args)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/ids\.jsonl:2: .*4096/),
    });
  });

  it('names what is wrong with a file of counts', async () => {
    writeFileSync(path('cut.ngrams'), readFileSync(counts).subarray(0, -5));
    const { status, stderr } = await run([
      'detect',
      '--key',
      keyFile,
      '--proxy',
      path('cut.ngrams'),
      path('answer.txt'),
    ]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/cut\.ngrams: it holds \d+ bytes of counts, not \d+/);
  });
});
