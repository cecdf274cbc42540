import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { runWarm } from '../../cli/command.ts';
import { demoKey, makeDirectory, writeKey } from '../../cli/fixtures.ts';

const directory = makeDirectory();
const key = writeKey(join(directory, 'demo.key'), await demoKey(1));

const TEXTS = [
  "I'm Claude, an AI assistant made by Anthropic.",
  'ChatGPT is a chatbot of OpenAI.',
  'OpenAI trained me. Actually, I am Claude, made by Anthropic.',
  'I am not ChatGPT.',
];

async function scanned(name: string, lines: readonly string[]): Promise<string> {
  const corpus = join(directory, name);
  mkdirSync(corpus);
  // Two files: claims are numbered in each shard by itself.
  writeFileSync(join(corpus, 'a.jsonl'), lines.slice(0, 2).join('\n'));
  writeFileSync(join(corpus, 'b.jsonl'), lines.slice(2).join('\n'));
  const out = join(directory, `${name}-result`);
  const { status, stderr } = await runWarm(['scan', '--key', key, corpus, '--out', out]);
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return out;
}

async function columnsOf(out: string): Promise<Record<string, unknown>[]> {
  const bytes = readFileSync(join(out, 'documents.parquet'));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  return (await parquetReadObjects({ file })) as Record<string, unknown>[];
}

describe('documents.parquet', () => {
  it('says in a column which assistants a document claims to be', async () => {
    const out = await scanned(
      'claims',
      TEXTS.map((text) => JSON.stringify({ text })),
    );
    const rows = await columnsOf(out);
    expect(rows.map(({ claims }) => claims)).toEqual(['anthropic', null, 'anthropic,openai', null]);
    expect(Object.keys(rows[0] ?? {})).toContain('claims');
    const { leads } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
    expect(leads.identity).toMatchObject({ documents: 4, documentsWithClaim: 2, documentsWithDenial: 1 });
    expect(leads.frequent).toEqual({ documents: 4, whole: 4, openings: [], endings: [], phrases: [] });
  });

  it('writes parts without a word of claims where there are none', async () => {
    const out = await scanned(
      'none',
      ['a', 'b', 'c'].map((text) => JSON.stringify({ text })),
    );
    expect((await columnsOf(out)).map(({ claims }) => claims)).toEqual([null, null, null]);
    const part = readFileSync(join(out, 'parts', 'part-000000.cmp'));
    const length = part.readUInt32LE('countermark part 1\n'.length);
    const start = 'countermark part 1\n'.length + 4;
    const header = JSON.parse(part.subarray(start, start + length).toString('utf8'));
    // Languages are there because the plan asks for them, which a release without them refuses.
    expect(Object.keys(header).slice(-2)).toEqual(['sample', 'languages']);
    expect(header).not.toHaveProperty('claims');
  });
});
