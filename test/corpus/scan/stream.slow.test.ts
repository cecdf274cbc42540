import { once } from 'node:events';
import { join } from 'node:path';
import { seededRandom } from '@countermark/watermark';
import { describe, expect, it } from 'vitest';
import { type Ended, run, start } from '../../cli/command.ts';
import { demoKey, makeDirectory, writeKey } from '../../cli/fixtures.ts';
import { markedIds } from '../../support/marked-ids.ts';
import { keyFrom, randomIds } from '../../support/random-key.ts';
import { VOCAB } from './runs.ts';

const directory = makeDirectory();
const key = keyFrom('stream', VOCAB);
const keyFile = writeKey(join(directory, 'ids.key'), key);
const textKey = writeKey(join(directory, 'text.key'), await demoKey(1));
const random = seededRandom('stream');

interface Line {
  readonly [name: string]: unknown;
  readonly countermark: {
    readonly tokens?: number;
    readonly scored?: number;
    readonly log10PValue?: number;
    readonly conclusive?: boolean;
    readonly failure?: { readonly code: string; readonly message: string };
  };
}

function filter(input: string | Uint8Array, ...more: readonly string[]): Promise<Ended> {
  return run(['scan', '--stdin', '--stdout', ...more], { input });
}

function linesOf({ status, stdout, stderr }: Ended, said = ''): Line[] {
  expect({ status, stderr }).toEqual({ status: 0, stderr: said });
  expect(stdout.endsWith('\n')).toBe(true);
  return stdout
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('scan --stdin --stdout', () => {
  it('writes each record of token ids back once, in order, with what was found in it', async () => {
    const marked = [...markedIds(key, undefined, 300, 'stream')];
    const records = Array.from({ length: 500 }, (_, n) => ({
      n,
      input_ids: n === 250 ? marked : [...randomIds(random, 100 + (n % 7), VOCAB)],
    }));
    const input = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    const lines = linesOf(await filter(input, '--key', keyFile, '--ids-field', 'input_ids'));
    expect(lines.map(({ countermark: _, ...record }) => record)).toEqual(records);
    expect(lines.map(({ countermark }) => countermark.tokens)).toEqual(
      records.map(({ input_ids }) => input_ids.length),
    );
    const strong = lines.filter(({ countermark }) => (countermark.log10PValue ?? 0) < -8);
    expect(strong.map(({ n }) => n)).toEqual([250]);
    for (const { countermark } of lines) expect(countermark.conclusive).toBe((countermark.scored ?? 0) >= 50);
  });

  it('annotates what cannot be read, in its place', async () => {
    const ids = [...randomIds(random, 60, VOCAB)];
    const good = Buffer.from(`${JSON.stringify({ ids })}\n`);
    const input = Buffer.concat([
      Buffer.from('\ufeff'),
      good,
      Buffer.from('{"ids": [1, 2\n'),
      Buffer.from('{"other": 1}\r\n'),
      Buffer.concat([Buffer.from('{"ids": "'), Buffer.from([0xff, 0xfe]), Buffer.from('"}\n')]),
      Buffer.from(`{"ids": [1, ${VOCAB}]}\n`),
      Buffer.from('[1, 2]\n'),
      good.subarray(0, -1),
    ]);
    const lines = linesOf(await filter(input, '--key', keyFile, '--ids-field', 'ids'));
    expect(lines.map(({ countermark }) => countermark.failure?.code ?? countermark.tokens)).toEqual([
      60,
      'invalid-json',
      'field-missing',
      'invalid-utf8',
      'token-out-of-range',
      'field-missing',
      60,
    ]);
    expect(lines.map((line) => Object.keys(line))).toEqual([
      ['ids', 'countermark'],
      ['countermark'],
      ['other', 'countermark'],
      ['countermark'],
      ['ids', 'countermark'],
      ['record', 'countermark'],
      ['ids', 'countermark'],
    ]);
  });

  it('passes all else of a line through byte for byte', async () => {
    const ids = `"ids": [${[...randomIds(random, 60, VOCAB)].join(' , ')}]`;
    const heads = [
      `{"id": 1234567890123456789 , "x":1.50e+2,${ids}`,
      `\t{ ${ids}, "escapes": "\\u00e9\\/\\ud800 é", "-0": -0, "nested": {"countermark": [9007199254740993, "}"]}`,
    ];
    const input = `${heads.map((head) => `${head} }`).join(' \r\n')}\n`;
    const { status, stdout } = await filter(input, '--key', keyFile, '--ids-field', 'ids');
    expect(status).toBe(0);
    const lines = stdout.slice(0, -1).split('\n');
    expect(lines.map((line) => line.slice(0, line.lastIndexOf(',"countermark":{"tokens":60,')))).toEqual(
      heads.map((head) => `${head.trim()} `),
    );
  });

  it('replaces a field countermark that a record had, however its name is spelt', async () => {
    const ids = `"ids":[${[...randomIds(random, 60, VOCAB)].join()}]`;
    const records = [
      `{"countermark": {"a": [1, "}"]}, ${ids}}`,
      `{${ids},"\\u0063ountermark":1,"z":12345678901234567890}`,
      `{"countermark":null}`,
    ];
    const { stdout } = await filter(`${records.join('\n')}\n`, '--key', keyFile, '--ids-field', 'ids');
    const starts = [
      `{ ${ids},"countermark":{"tokens":60`,
      `{${ids},"z":12345678901234567890,"countermark":{"tokens":60`,
      '{"countermark":{"failure":{',
    ];
    for (const [i, line] of stdout.slice(0, -1).split('\n').entries())
      expect(line.slice(0, starts[i]!.length)).toBe(starts[i]);
  });

  it("tests the assistant's turns of chats, and texts", async () => {
    const sentence = 'The state of the nation is good, they say, and nobody doubts it any more. '.repeat(8);
    const chat = {
      messages: [
        { role: 'user', content: sentence },
        { role: 'assistant', content: 'Yes. Quite so.' },
      ],
    };
    const asked =
      'reads 2 % of the text of these records; the rest is in messages[].content (96 %, of user), messages[].role (1 %)';
    const [first] = linesOf(await filter(`${JSON.stringify(chat)}\n`, '--key', textKey), `${asked}\n`);
    const [second] = linesOf(
      await filter(`${JSON.stringify({ text: sentence })}\n`, '--key', textKey),
      'reads 100 % of the text of these records\n',
    );
    expect(first?.['messages']).toEqual(chat.messages);
    expect(first?.countermark.tokens).toBeLessThan(20);
    expect(second?.countermark.tokens).toBeGreaterThan(100);
  });

  it('says at its end how much of the text of all records was read, as a scan of files does', async () => {
    const text = 'a'.repeat(75);
    const lines = [
      { text },
      { text, more: 'b'.repeat(450) },
      { text: '' },
      // What cannot be read counts as a failure, and not as text.
      { other: 'c'.repeat(10_000) },
    ];
    const input = `${lines.map((line) => JSON.stringify(line)).join('\n')}\nno JSON\n`;
    const found = linesOf(
      await filter(input, '--key', textKey),
      'reads 25 % of the text of these records; the rest is in more (75 %)\n1 document has no text at all\n',
    );
    expect(found.map(({ countermark }) => countermark.failure?.code)).toEqual([
      undefined,
      undefined,
      undefined,
      'field-missing',
      'invalid-json',
    ]);
    expect((await filter('', '--key', textKey)).stderr).toBe('');
  });

  it('reads no further than its reader takes', async () => {
    const record = JSON.stringify({ ids: [...randomIds(random, 2000, VOCAB)] });
    const { child, ended } = start(['scan', '--stdin', '--stdout', '--key', keyFile, '--ids-field', 'ids'], {
      input: `${record}\n`.repeat(300),
    });
    const { stdin, stdout } = child;
    if (stdin === null || stdout === null) throw new Error('the command has no pipes');
    await once(stdout, 'readable');
    stdout.pause();
    // All of 300 records would need about 3 MB of the pipes' room.
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(stdin.writableLength).toBeGreaterThan(0);
    stdout.resume();
    const { status, stdout: out } = await ended;
    expect(status).toBe(0);
    expect(out.match(/\n/g)).toHaveLength(300);
  });

  it('goes without paths and plans', async () => {
    const { status, stderr } = await filter('', '--key', keyFile, 'corpus.jsonl');
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'countermark: --stdin and --stdout go together, and without paths or a plan\n',
    });
  });
});
