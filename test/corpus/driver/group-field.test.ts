/** The field that documents are counted by, where nobody names one. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatPart, type Manifest, mergeScan, scanShard, surveyParts } from '@countermark/corpus';
import { groupFieldsOf, planInputs } from '@countermark/corpus/driver';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeDirectory } from '../../cli/fixtures.ts';
import { BYTE_KEY, BYTE_TOKENIZER } from '../../support/byte-tokenizer.ts';

const directory = makeDirectory();
const TEXT =
  'Nothing of this text depends on any key, and it is long enough to be taken for what somebody wrote.';
let at = '';
let runs = 0;

beforeEach(() => {
  at = join(directory, String(runs++));
  mkdirSync(at);
});

function put(name: string, records: readonly object[] | string | Uint8Array): string {
  const path = join(at, name);
  const isBytes = typeof records === 'string' || records instanceof Uint8Array;
  writeFileSync(path, isBytes ? records : records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  return path;
}

/** Records with a text each, and what they are told. */
function records(count: number, of: (i: number) => object): object[] {
  return Array.from({ length: count }, (_, i) => ({ text: `${i}. ${TEXT}`, ...of(i) }));
}

async function plan(
  files: readonly string[],
  more: { by?: string | false; byFile?: (location: string) => string | undefined } = {},
): Promise<{ manifest: Manifest; told: unknown[]; fields: readonly string[][] }> {
  const told: unknown[] = [];
  const { by, byFile } = more;
  const manifest = await planInputs(
    [BYTE_KEY],
    { files },
    {
      reading: by === undefined ? {} : { groupField: by },
      wishesFor: (location) => {
        const own = byFile?.(location);
        return own === undefined ? {} : { groupField: own };
      },
      onGrouped: (...found) => told.push(found),
      plan: {},
    },
  );
  return { manifest, told, fields: manifest.files.map(({ reading }) => groupFieldsOf(reading)) };
}

describe('the field that documents are counted by', () => {
  it('is found by its name, in the record or an object of it', async () => {
    const web = put(
      'web.jsonl',
      records(20, (i) => ({ source: i % 2 === 0 ? 'web' : 'books' })),
    );
    expect(await plan([web])).toMatchObject({ told: [['source', 1]], fields: [['source']] });
    const nested = put(
      'nested.jsonl',
      records(20, (i) => ({ meta: { Model: `m-${i % 3}` } })),
    );
    expect(await plan([nested])).toMatchObject({ told: [['meta.Model', 1]], fields: [['meta.Model']] });
    const batch = put(
      'batch.jsonl',
      records(20, (i) => ({ response: { body: { model: `gpt-4o-2024-08-0${i % 3}` } } })),
    );
    expect(await plan([batch])).toMatchObject({ told: [['response.body.model', 1]] });
  });

  it('is none that holds texts, addresses, ids or nothing much', async () => {
    const rare = records(20, (i) => (i < 8 ? { source: 'web' } : {}));
    const cases = [
      records(20, () => ({ source: 'A line with more words.' })),
      records(20, () => ({ source: 'https://example.org/' })),
      records(40, (i) => ({ source: `id-${i}` })),
      records(20, () => ({ source: 7 })),
      records(20, () => ({ source: null })),
      records(20, () => ({ where: 'web' })),
      rare,
    ];
    for (const [i, lines] of cases.entries()) {
      const file = put(`${i}.jsonl`, lines);
      expect(await plan([file]), `case ${i}`).toMatchObject({ told: [], fields: [[]] });
    }
  });

  it('is none with the texts that are tested, or with what people asked', async () => {
    const file = put(
      'pairs.jsonl',
      Array.from({ length: 5 }, (_, i) => ({ source: `ask ${i}`, response: `${i}. ${TEXT}` })),
    );
    const named = await planInputs(
      [BYTE_KEY],
      { files: [file] },
      { reading: { field: 'source', acceptCoverage: true }, plan: {} },
    );
    expect(named.files.flatMap(({ reading }) => groupFieldsOf(reading))).toEqual([]);
  });

  it('is one for all files: what most have, with several values, in the order of the names', async () => {
    const both = put(
      'both.jsonl',
      records(12, (i) => ({ source: 'web', model: `m-${i % 2}` })),
    );
    expect(await plan([both])).toMatchObject({ told: [['model', 1]] });
    const one = put(
      'one.jsonl',
      records(12, () => ({ source: 'books' })),
    );
    // Over the corpus, the source has two values, and as many files as the model or more.
    expect(await plan([both, one])).toMatchObject({
      told: [['source', 2]],
      fields: [['source'], ['source']],
    });
    const others = [1, 2].map((n) =>
      put(
        `plain${n}.jsonl`,
        records(12, () => ({})),
      ),
    );
    expect(await plan([one, ...others])).toMatchObject({ told: [], fields: [[], [], []] });
    expect(await plan([both, ...others])).toMatchObject({ told: [['model', 1]] });
    const models = [1, 2, 3, 4, 5].map((n) =>
      put(
        `m${n}.jsonl`,
        records(12, () => ({ model: `m-${n}` })),
      ),
    );
    const { told, fields } = await plan([one, ...models]);
    expect(told).toEqual([['model', 5]]);
    expect(fields).toEqual([[], ...models.map(() => ['model'])]);
  });

  it('is what the user says, of all files, of some, or none', async () => {
    const file = put(
      'a.jsonl',
      records(12, (i) => ({ source: 'web', model: `m-${i % 2}` })),
    );
    const other = put(
      'b.jsonl',
      records(12, (i) => ({ source: 'web', model: `m-${i % 2}` })),
    );
    expect(await plan([file], { by: false })).toMatchObject({ told: [], fields: [[]] });
    expect(await plan([file], { by: 'source' })).toMatchObject({ told: [], fields: [['source']] });
    const some = await plan([file, other], { byFile: (path) => (path === other ? 'model' : undefined) });
    expect(some).toMatchObject({ told: [], fields: [[], ['model']] });
  });
});

describe('columns of tables', () => {
  const texts = Array.from({ length: 30 }, (_, i) => `${i}. ${TEXT}`);
  const models = texts.map((_, i) => `m-${i % 3}`);

  // Each format's columns are read by their names: a field that is not needed for the text must be decoded as well.
  it.each(['parquet', 'arrow', 'csv'])('of %s are counted by', async (format) => {
    const bytes = (): Uint8Array | string => {
      switch (format) {
        case 'parquet':
          return new Uint8Array(
            parquetWriteBuffer({
              columnData: [
                { name: 'model', data: models, type: 'STRING' },
                { name: 'other', data: texts.map((_, i) => i), type: 'INT32' },
                { name: 'text', data: texts, type: 'STRING' },
              ],
            }),
          );
        case 'arrow':
          return tableToIPC(tableFromArrays({ model: models, text: texts }), 'file');
        default:
          return `model,text\n${texts.map((text, i) => `${models[i]},"${text}"\n`).join('')}`;
      }
    };
    const file = put(`table.${format}`, bytes());
    for (const by of [undefined, 'model']) {
      const { manifest } = await plan([file], by === undefined ? {} : { by });
      expect(manifest.files.map(({ reading }) => reading.groupField)).toEqual(['model']);
      const tools = { keys: [BYTE_KEY], tokenizers: [BYTE_TOKENIZER], identifyLanguage: () => 'en' };
      const parts = join(at, `parts-${by ?? 'found'}`);
      mkdirSync(parts);
      const part = await scanShard(manifest, 0, tools);
      writeFileSync(join(parts, 'part-000000.cmp'), formatPart(part, manifest.settings.sampleSize));
      const { summary } = await mergeScan(manifest, await surveyParts([parts], 1), tools, parts);
      expect(summary.groups).toMatchObject({ by: ['model'], left: 0 });
      expect(summary.groups?.listed.map(({ name, documents }) => [name, documents]).sort()).toEqual([
        ['m-0', 10],
        ['m-1', 10],
        ['m-2', 10],
      ]);
      expect(summary.byLanguage).toMatchObject({ left: 0, listed: [{ name: 'en', documents: 30 }] });
      const rows = await parquetReadObjects({
        file: await asyncBufferFromFile(join(parts, 'documents.parquet')),
      });
      expect(rows.map(({ group }) => group)).toEqual(models);
      expect(rows.map(({ language }) => language)).toEqual(models.map(() => 'en'));
    }
  });
});

it('are counted by a field of members of an archive', async () => {
  const { execFileSync } = await import('node:child_process');
  for (const i of [0, 1, 2, 3])
    put(`${i}.json`, JSON.stringify({ text: TEXT, source: i % 2 === 0 ? 'a' : 'b' }));
  const tar = join(at, 'all.tar');
  execFileSync('tar', ['-cf', tar, '-C', at, '0.json', '1.json', '2.json', '3.json']);
  const { manifest, told } = await plan([tar]);
  expect(told).toEqual([['source', 1]]);
  const part = await scanShard(manifest, 0, { keys: [BYTE_KEY], tokenizers: [BYTE_TOKENIZER] });
  expect(part.groups?.groups.map(({ name, documents }) => [name, documents])).toEqual([
    ['a', 2],
    ['b', 2],
  ]);
  // Without what tells languages nothing is said of them.
  expect(part).not.toHaveProperty('languages');
  expect(await plan([tar], { by: 'source' })).toMatchObject({ fields: [['source']] });
});
