import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { demoModelFiles } from '@countermark/demo-model';
import { parseKeyFile } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { run, start } from './command.ts';
import { demoKey, makeDirectory, PROMPT, writeKey } from './fixtures.ts';

const directory = makeDirectory();
const keyFile = writeKey(join(directory, 'vendor.key'), await demoKey(1));
const generate = ['generate', '--key', keyFile, '--max-tokens', '500', '--model'];

// Sends node a signal at the moment when the whole file is in its temporary place.
const interruptWhileWriting = (signal: string): string => `data:text/javascript,
  import { open } from 'node:fs/promises';
  import { setTimeout } from 'node:timers/promises';
  const handle = await open('/dev/null');
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  const { sync } = prototype;
  prototype.sync = async function () {
    await sync.call(this);
    process.kill(process.pid, '${signal}');
    await setTimeout(50);
  };
`;

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  it.each([
    ['the ONNX engine', 'demo'],
    ['llama.cpp', demoModelFiles().gguf],
  ])('stops generate between two tokens: %s', async (_name, model) => {
    const { child, ended } = start([...generate, model, '--prompt', PROMPT]);
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    child.kill(signal);
    const { status, stdout, stderr } = await ended;
    expect({ status, stderr }).toEqual({ status: 130, stderr: '' });
    expect(stdout).not.toBe('');
  });

  it('leaves no part of a JSON value', async () => {
    const { child, ended } = start([...generate, 'demo', '--prompt', PROMPT, '--format', 'json']);
    // Whenever it comes, while the command starts, loads the model or answers.
    await setTimeout(400);
    child.kill(signal);
    const { status, stdout, stderr } = await ended;
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
    expect([130, 143]).toContain(status);
  });

  it('stops evaluate, wherever it is', async () => {
    const { child, ended } = start([
      'evaluate',
      '--key',
      keyFile,
      '--model',
      'demo',
      '--answers',
      '200',
      '--max-tokens',
      '30',
    ]);
    await once(child.stderr as NodeJS.ReadableStream, 'data');
    child.kill(signal);
    const { status, stdout, stderr } = await ended;
    expect({ status, stdout }).toEqual({ status: 130, stdout: '' });
    expect(stderr).toMatch(/^(answers: \d+ of 800\n)+$/);
  });

  it('leaves only whole files of a demo', async () => {
    const out = join(directory, `demo-${signal}`);
    const { child, ended } = start(['demo', '--out', out]);
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    child.kill(signal);
    const { status, stderr } = await ended;
    expect({ status, stderr }).toEqual({ status: 130, stderr: '' });
    expect(readdirSync(out)).toEqual(['key.json']);
    expect(() => parseKeyFile(readFileSync(join(out, 'key.json'), 'utf8'))).not.toThrow();
  });

  it.each([
    ['keeps the old key file', 'there.key', ['--force'], ['there.key']],
    ['leaves no new one', 'new.key', [], ['there.key']],
  ])('%s where it comes during keygen', async (_claim, name, options, left) => {
    const folder = makeFolder(`keygen-${signal}-${name}`);
    writeFileSync(join(folder, 'there.key'), 'old');
    const ended = await run(['keygen', '--tokenizer', 'demo', '--out', join(folder, name), ...options], {
      node: ['--import', interruptWhileWriting(signal)],
    });
    expect(ended).toEqual({ status: 130, stdout: '', stderr: '' });
    expect(readdirSync(folder)).toEqual(left);
    expect(readFileSync(join(folder, 'there.key'), 'utf8')).toBe('old');
  });
});

function makeFolder(name: string): string {
  const path = join(directory, name);
  mkdirSync(path);
  return path;
}
