import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseKeyFile } from '@countermark/watermark';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Ended, PATIENCE_MS, run } from './command.ts';
import { makeDirectory } from './fixtures.ts';

const FILES = [
  'key.json',
  'marked-cooler.txt',
  'marked.txt',
  'report.html',
  'result.json',
  'unmarked-cooler.txt',
  'unmarked.txt',
];

const Detected = z.looseObject({ verdict: z.string(), log10PValue: z.number(), keyId: z.string() });
const Result = z.strictObject({
  object: z.literal('demo'),
  key: z.looseObject({ type: z.literal('countermark-params'), keyId: z.string() }),
  prompt: z.string(),
  answers: z.array(
    z.looseObject({
      name: z.string(),
      marked: z.boolean(),
      answer: z.looseObject({ text: z.string(), tokenIds: z.array(z.int()) }),
      detection: Detected,
    }),
  ),
  wrongKey: Detected,
});

const directory = makeDirectory();
const path = (name: string): string => join(directory, name);
const read = (name: string): string => readFileSync(path(name), 'utf8');

describe('demo', () => {
  let ended: Ended;
  let result: z.output<typeof Result>;
  beforeAll(async () => {
    // What an earlier run left, with a key file that others may read.
    for (const name of FILES) writeFileSync(path(name), 'earlier');
    chmodSync(path('key.json'), 0o644);
    ended = await run(['demo', '--out', directory]);
    result = Result.parse(JSON.parse(read('result.json')));
  }, PATIENCE_MS);

  it('replaces the files of an earlier run, and leaves no other', () => {
    expect({ status: ended.status, stderr: ended.stderr }).toEqual({ status: 0, stderr: '' });
    expect(readdirSync(directory).sort()).toEqual(FILES);
    for (const name of FILES) expect(read(name)).not.toBe('earlier');
    expect(statSync(path('key.json')).mode & 0o777).toBe(0o600);
  });

  it('detects the marked answer, and none that is not marked', () => {
    const verdicts = new Map(result.answers.map(({ name, detection }) => [name, detection.verdict]));
    expect([...verdicts.keys()]).toEqual(['marked', 'unmarked', 'marked-cooler', 'unmarked-cooler']);
    expect(verdicts.get('marked')).toBe('detected');
    expect(verdicts.get('unmarked')).toBe('not-detected');
    // The cooler answers may repeat themselves until too few tokens are left for a verdict on the marked one.
    expect(verdicts.get('unmarked-cooler')).not.toBe('detected');
  });

  it('does not detect the mark with a wrong key', () => {
    expect(result.wrongKey.verdict).toBe('not-detected');
    expect(result.wrongKey.keyId).not.toBe(result.key.keyId);
  });

  it('keeps the answers and the key that belong to the result', async () => {
    for (const { name, answer } of result.answers) expect(read(`${name}.txt`)).toBe(answer.text);
    expect(parseKeyFile(read('key.json')).keyId).toBe(result.key.keyId);
    const again = await run(['detect', '--key', path('key.json'), '--format', 'json', path('marked.txt')]);
    expect(JSON.parse(again.stdout).log10PValue).toBe(result.answers[0]?.detection.log10PValue);
  });

  it('prints a row for each answer, and where the results are', () => {
    const lines = ended.stdout.split('\n');
    for (const { name, detection } of result.answers) {
      const [row = ''] = lines.filter((line) => line.startsWith(`${name} `));
      expect(row).toContain(detection.verdict);
      expect(row).toContain((Math.ceil(detection.log10PValue * 100) / 100).toFixed(2));
    }
    expect(lines.some((line) => /^marked, wrong key +not-detected /.test(line))).toBe(true);
    expect(lines.slice(-3)).toEqual([
      `results  ${path('result.json')}`,
      `report   ${path('report.html')} (open it in a browser)`,
      '',
    ]);
  });

  it('shows the secret to nobody', () => {
    const secret = Buffer.from(parseKeyFile(read('key.json')).exportSecret()).toString('base64url');
    const shown = [ended.stdout, ...FILES.filter((name) => name !== 'key.json').map(read)];
    for (const content of shown) expect(content).not.toContain(secret);
    expect(read('key.json')).toContain(secret);
  });
});
