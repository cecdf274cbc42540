/** Files as their libraries write them: what is marked is found, at its place and nothing else, or the file is refused for the stated reason. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CorpusError, type FileWishes, planScan, scanShard } from '@countermark/corpus';
import { detectFileLayouts, expandInputs, readShard } from '@countermark/corpus/internal';
import { demoModelFiles } from '@countermark/demo-model';
import { parseKeyFile } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeDirectory } from '../readers/read-all.ts';

const HERE = fileURLToPath(new URL('./formats/', import.meta.url));
const Expected = z.record(
  z.string(),
  z.union([
    z.strictObject({ writer: z.string(), refused: z.string() }),
    z.strictObject({
      writer: z.string(),
      documents: z.number(),
      marked: z.array(z.number()),
      failures: z.number(),
      wishes: z.custom<FileWishes>().optional(),
    }),
  ]),
);
const expected = Expected.parse(JSON.parse(readFileSync(join(HERE, 'expected.json'), 'utf8')));
const key = parseKeyFile(readFileSync(join(HERE, 'zoo.key'), 'utf8'));
const tools = { keys: [key], tokenizers: [await openTokenizer(demoModelFiles().tokenizer)] };
/** log10 of the p-value of a marked text of 160 tokens is below -12 here, and that of one of some 700 others is not below -6. */
const LOG10_LEVEL = -6;

/** Scans a file or folder, and gives the numbers of its documents, of the marked among them, and of its failures. */
async function scan(name: string, wishes: FileWishes = {}) {
  const { locations, unread } = await expandInputs([join(HERE, 'files', name)]);
  if (unread.length > 0) return { unread };
  const files = await detectFileLayouts(locations, wishes);
  const manifest = await planScan([key], files);
  const values: number[] = [];
  let failures = 0;
  for (const shard of manifest.shards.keys()) {
    const part = await scanShard(manifest, shard, tools);
    failures += part.failed.records;
    for (let i = 0; i < part.documents.length; i++) values.push(part.documents.row(i).log10PValue);
  }
  const marked = values.flatMap((value, i) => (value < LOG10_LEVEL ? [i] : []));
  return { documents: values.length, marked, failures };
}

describe('a file of the zoo', () => {
  it('is expected, each of them', () => {
    const names = readdirSync(join(HERE, 'files')).filter((name) => !name.endsWith('.idx'));
    expect(names.sort()).toEqual(Object.keys(expected).sort());
    expect(names.length).toBeGreaterThan(80);
  });

  it.each(Object.entries(expected))('%s', async (name, wanted) => {
    if ('refused' in wanted) {
      const outcome = await scan(name).catch((error: CorpusError) => error);
      expect(outcome).toMatchObject({ code: wanted.refused, message: expect.stringContaining(name) });
      return;
    }
    const { writer: _, wishes, ...found } = wanted;
    expect(await scan(name, wishes)).toEqual(found);
  });
});

describe('an archive', () => {
  it('gives the documents that a directory of the same files gives', async () => {
    const texts = z.array(z.string()).parse(JSON.parse(readFileSync(join(HERE, 'texts.json'), 'utf8')));
    const directory = makeDirectory();
    for (const [i, text] of texts.entries()) writeFileSync(join(directory, `${i}.txt`), text);
    const read = async (path: string): Promise<unknown[]> => {
      const { locations } = await expandInputs([path]);
      const segments: unknown[] = [];
      for (const file of await detectFileLayouts(locations))
        for await (const batch of readShard(file))
          segments.push(...batch.map(({ document }) => document?.segments));
      return segments;
    };
    const wanted = texts.map((text) => [text]);
    expect(await read(directory)).toEqual(wanted);
    for (const name of ['texts.tar', 'texts.tar.zst', 'webdataset-txt.tar', 'deflated.zip'])
      expect(await read(join(HERE, 'files', name)), name).toEqual(wanted);
  });

  it('names a document by its member', async () => {
    const [file] = await detectFileLayouts([join(HERE, 'files', 'rows.tar')]);
    if (file === undefined) throw new Error('there is no file');
    const ids: unknown[] = [];
    for await (const batch of readShard(file)) ids.push(...batch.map(({ document }) => document?.id));
    // Three rows stand in the first half.
    expect(ids).toEqual([0, 1, 2, 3, 4, 5].map((id) => `rows/${id < 3 ? 'a' : 'b'}.jsonl#${id}`));
  });
});
