import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoModelDirectory, demoModelFiles } from '@countermark/demo-model';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, run, start } from './command.ts';
import { demoKey, type Generation, generate, makeDirectory, PROMPT, writeKey } from './fixtures.ts';

const directory = makeDirectory();
const key = await demoKey(1);
const keyFile = writeKey(join(directory, 'vendor.key'), key);
const greenKeyFile = writeKey(
  join(directory, 'green.key'),
  await demoKey(2, { kind: 'green-list', gamma: 0.25, delta: 2 }),
);
const { max_position_embeddings: contextLength } = JSON.parse(
  readFileSync(join(demoModelDirectory(), 'config.json'), 'utf8'),
);
const { onnxDirectory, gguf } = demoModelFiles();
const SHORT = ['--prompt', PROMPT, '--max-tokens', '24', '--seed', '1'];

describe('generate', () => {
  let marked: Generation;
  beforeAll(async () => {
    marked = await generate(['--key', keyFile, ...SHORT]);
  }, PATIENCE_MS);

  it('streams the text, and says on standard error how it ended', async () => {
    const { child, ended } = start([
      'generate',
      '--key',
      keyFile,
      '--model',
      'demo',
      '--prompt',
      PROMPT,
      '--max-tokens',
      '100',
    ]);
    let parts = 0;
    child.stdout?.on('data', () => parts++);
    const { status, stdout, stderr } = await ended;
    expect(status).toBe(0);
    expect(parts).toBeGreaterThan(1);
    expect(stdout.endsWith('\n')).toBe(true);
    expect(stderr).toMatch(
      /^\d+ tokens?; the (model|limit of --max-tokens or of the model) ended the answer\n$/,
    );
  });

  it('prints one JSON value', () => {
    expect(marked).toMatchObject({
      model: 'demo',
      keyId: key.keyId,
      params: key.fingerprint,
    });
    expect(marked.tokenIds.length).toBeLessThanOrEqual(24);
    const counts = marked['counts'] as Record<string, number>;
    expect(Object.keys(counts).sort()).toEqual([
      'account',
      'certain',
      'common',
      'free',
      'repeatedContext',
      'start',
      'withoutContext',
    ]);
    expect(marked.watermarked).toBe((counts['common'] ?? 0) + (counts['account'] ?? 0) > 0);
    // A token that ends the answer is a step, but no part of it.
    const steps = Object.values(counts).reduce((sum, count) => sum + count, 0);
    expect(steps).toBe(marked.tokenIds.length + (marked.finishReason === 'stop' ? 1 : 0));
  });

  it('says that an answer is not watermarked where nothing was left to choose', async () => {
    const asked = ['--key', keyFile, ...SHORT, '--start-bits', '0', '--seed', '3'];
    expect((await generate(asked)).watermarked).toBe(true);
    for (const narrow of [
      ['--top-k', '1'],
      ['--temperature', '0.00001'],
    ]) {
      const { watermarked, counts } = await generate([...asked, ...narrow]);
      expect(watermarked).toBe(false);
      expect(counts).toMatchObject({ common: 0, account: 0 });
    }
  });

  it('prints the same text with and without JSON', async () => {
    const { stdout } = await run(['generate', '--key', keyFile, '--model', 'demo', ...SHORT]);
    expect(stdout).toBe(`${marked.text}\n`);
  });

  it('gives the same answer to one seed, and another to another', async () => {
    expect(await generate(['--key', keyFile, ...SHORT])).toEqual(marked);
    const other = await generate(['--no-watermark', ...SHORT, '--seed', '2']);
    expect(await generate(['--no-watermark', ...SHORT])).not.toEqual(other);
  });

  it('gives another answer without the mark, under another key and for an account', async () => {
    const plain = await generate(['--no-watermark', ...SHORT]);
    expect(plain.watermarked).toBe(false);
    expect(plain).not.toHaveProperty('keyId');
    expect(plain.text).not.toBe(marked.text);
    const otherKey = writeKey(join(directory, 'other.key'), await demoKey(3));
    expect((await generate(['--key', otherKey, ...SHORT])).text).not.toBe(marked.text);
    const account = await generate(['--key', keyFile, ...SHORT, '--account', 'customer-17']);
    expect(account.text).not.toBe(marked.text);
    expect((await generate(['--key', keyFile, ...SHORT, '--account', 'customer-18'])).text).not.toBe(
      account.text,
    );
  });

  it('begins as without the mark, until it has spent 16 bits of its own or as many as it is told', async () => {
    const plain = await generate(['--no-watermark', ...SHORT]);
    for (const [given, startBits] of [
      [[], 16],
      [['--start-bits', '24'], 24],
    ] as const) {
      const answer = await generate(['--key', keyFile, ...SHORT, '--probabilities', ...given]);
      const probabilities = answer['probabilities'] as number[];
      let [first, spent] = [0, 0];
      while (spent < startBits) spent -= Math.log2(probabilities[first++]!);
      first = Math.max(first, key.params.contextWidth);
      expect(first).toBeLessThan(answer.tokenIds.length / 2);
      expect(answer.tokenIds.slice(0, first)).toEqual(plain.tokenIds.slice(0, first));
      expect(answer.tokenIds).not.toEqual(plain.tokenIds);
      const { start: begun, withoutContext } = answer['counts'] as Record<string, number>;
      expect([withoutContext, begun]).toEqual([key.params.contextWidth, first - key.params.contextWidth]);
    }
  });

  it('marks from the first token on where it is told to', async () => {
    const given = ['--key', keyFile, ...SHORT, '--start-bits', '0', '--prompt-contexts'];
    const answer = await generate(given);
    expect(answer['counts']).toMatchObject({ start: 0, withoutContext: 0 });
    expect(answer.tokenIds.slice(0, 4)).not.toEqual(marked.tokenIds.slice(0, 4));
  });

  it('refuses start bits out of range', async () => {
    const { status, stdout, stderr } = await run([
      ...['generate', '--model', 'demo', '--key', keyFile, ...SHORT, '--start-bits', '65'],
    ]);
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: 'countermark: --start-bits expected a number from 0 to 64, got 65\n',
    });
  });

  it('reads the prompt from a file or from standard input', async () => {
    const promptFile = join(directory, 'prompt.txt');
    writeFileSync(promptFile, PROMPT);
    const rest = ['--key', keyFile, ...SHORT.slice(2)];
    expect(await generate(['--prompt-file', promptFile, ...rest])).toEqual(marked);
    const { stdout } = await run(
      ['generate', '--model', 'demo', '--format', 'json', '--prompt-file', '-', ...rest],
      { input: PROMPT },
    );
    expect(JSON.parse(stdout)).toEqual(marked);
  });

  it('starts from nothing where the prompt is empty', async () => {
    const { promptTokenIds, tokenIds } = await generate([
      '--key',
      keyFile,
      '--prompt',
      '',
      '--max-tokens',
      '8',
    ]);
    expect(promptTokenIds).toHaveLength(1);
    expect(tokenIds.length).toBeLessThanOrEqual(8);
  });

  it("ends where the model's context does", async () => {
    // Every repetition of this word is one token.
    const prompt = ' the'.repeat(contextLength - 5);
    const answer = await generate(['--no-watermark', '--prompt', prompt]);
    expect(answer.promptTokenIds).toHaveLength(contextLength - 5);
    expect(answer.tokenIds.length).toBeLessThanOrEqual(5);
    if (answer.tokenIds.length === 5) expect(answer.finishReason).toBe('length');
    const { status, stdout, stderr } = await run([
      ...['generate', '--no-watermark', '--model', 'demo', '--prompt', ' the'.repeat(contextLength)],
    ]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(
      `countermark: "prompt" expected fewer than ${contextLength} tokens, got ${contextLength}\n`,
    );
  });

  it('decodes greedily only where a mark can survive it', async () => {
    const greedy = [...SHORT, '--temperature', '0'];
    const refused = await run(['generate', '--model', 'demo', '--key', keyFile, ...greedy]);
    expect({ status: refused.status, stdout: refused.stdout }).toEqual({ status: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^countermark: --temperature expected > 0: [^\n]+\n$/);
    const marked = await generate(['--key', greenKeyFile, ...greedy]);
    expect(await generate(['--key', greenKeyFile, ...greedy, '--seed', '2'])).toEqual(marked);
  });

  it('takes truncation: of one candidate every sampling is greedy', async () => {
    const greedy = await generate(['--no-watermark', ...SHORT, '--temperature', '0']);
    expect(await generate(['--no-watermark', ...SHORT, '--top-k', '1'])).toEqual(greedy);
    expect(await generate(['--no-watermark', ...SHORT, '--top-p', '1e-9'])).toEqual(greedy);
    expect(await generate(['--no-watermark', ...SHORT, '--temperature', '1e-3'])).toEqual(greedy);
  });

  it('answers alike from a directory with an ONNX export', async () => {
    expect(await generate(['--key', keyFile, ...SHORT, '--model', onnxDirectory])).toEqual({
      ...marked,
      model: onnxDirectory,
    });
  });

  it('answers from a GGUF file', async () => {
    const answer = await generate(['--key', keyFile, ...SHORT, '--model', gguf]);
    // Its matrices are float16: the answers agree until two tokens are nearly as likely as each other.
    expect(answer.promptTokenIds).toEqual(marked.promptTokenIds);
    expect(answer.tokenIds[0]).toBe(marked.tokenIds[0]);
  });

  it('answers unmarked from a GGUF file whose tokenizer is named', async () => {
    const rest = ['--no-watermark', ...SHORT, '--model', gguf];
    const { status, stderr } = await run(['generate', ...rest]);
    expect(status).toBe(2);
    expect(stderr).toBe(`countermark: ${gguf}: name its tokenizer with --tokenizer, or give a --key\n`);
    const { watermarked, text } = await generate([...rest, '--tokenizer', 'demo']);
    expect(watermarked).toBe(false);
    expect(text).not.toBe('');
  });
});
