/**
 * Files of records in forms that people have, made by the libraries that make them in life, with marked answers at known places: found
 * there and nowhere else, or refused for the reason that is stated. `forms/make_forms.py` makes them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  CorpusError,
  detectFileLayout,
  type FileWishes,
  type Part,
  planScan,
  scanShard,
} from '@countermark/corpus';
import { textCoverage } from '@countermark/corpus/internal';
import { demoModelFiles } from '@countermark/demo-model';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { afterAll, describe, expect, it } from 'vitest';
import { demoKey } from '../../cli/fixtures.ts';

interface Marked {
  readonly file: string;
  readonly marked: readonly (readonly [number, string | null])[];
  readonly options?: FileWishes;
  readonly refused?: undefined;
}

interface Refused {
  readonly file: string;
  readonly refused: string;
  readonly way?: readonly string[];
  readonly options?: undefined;
}

const zoo: readonly (Marked | Refused)[] = JSON.parse(
  readFileSync(new URL('./forms/zoo.json', import.meta.url), 'utf8'),
);
const keys = [await demoKey(0x5a)];
const controls = [await demoKey(0x5b)];
const tokenizers = [await openTokenizer(demoModelFiles().tokenizer)];
afterAll(() => {
  for (const tokenizer of tokenizers) tokenizer.close();
});

// Marked answers have some hundred scored tokens: 1e-9 is far above their p-values, and no unmarked text of the zoo comes near.
const LOG10_MARKED = -9;
const LOG10_UNMARKED = -5;

async function scan(
  { file, options = {} }: Pick<Marked, 'file' | 'options'>,
  { keys: own = keys } = {},
): Promise<Part> {
  const location = fileURLToPath(new URL(`./forms/files/${file}`, import.meta.url));
  const { reading } = await detectFileLayout(location, options);
  const manifest = await planScan(own, [{ location, reading }]);
  expect(manifest.shards).toHaveLength(1);
  return scanShard(manifest, 0, { keys: own, tokenizers });
}

describe('the zoo of forms', () => {
  it('has every file, and no other', () => {
    const files = readdirSync(new URL('./forms/files', import.meta.url));
    expect([...new Set(zoo.map(({ file }) => file))].sort()).toEqual(files.sort());
    expect(files.length).toBeGreaterThanOrEqual(60);
  });

  it.each(zoo.filter((one): one is Marked => one.refused === undefined))(
    'finds what is marked in $file, and nothing else: $options',
    async ({ file, marked, options }) => {
      const part = await scan({ file, ...(options === undefined ? {} : { options }) });
      const rows = Array.from({ length: part.documents.length }, (_, i) => ({
        place: [part.documents.row(i).record, part.answers?.[i] ?? null],
        log10PValue: part.documents.row(i).log10PValue,
      }));
      const found = rows.filter(({ log10PValue }) => log10PValue < LOG10_MARKED);
      expect(found.map(({ place }) => place)).toEqual(marked);
      expect(rows.filter(({ log10PValue }) => log10PValue < LOG10_UNMARKED)).toHaveLength(marked.length);
      expect(part.failed.records).toBe(0);
      // What is read and what is not add up to all text.
      const { characters, tested, rest, unlisted } = textCoverage(part.coverage!);
      expect(tested + rest.reduce((sum, one) => sum + one.characters, 0) + unlisted).toBe(characters);
    },
  );

  it.each(zoo.filter((one): one is Refused => one.refused !== undefined))(
    'refuses $file and says how to go on',
    async ({ file, refused, way }) => {
      const error: unknown = await scan({ file }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(CorpusError);
      const { code, message, ways } = error as CorpusError;
      expect(['layout-unknown', 'coverage-low', 'unsupported']).toContain(code);
      expect(message).toContain(refused);
      expect(message).toContain(file);
      if (way !== undefined) expect(ways).toContainEqual(way);
    },
  );

  it('finds nothing under another key', async () => {
    for (const one of zoo.filter(({ refused }) => refused === undefined).slice(0, 30)) {
      const { documents } = await scan(one as Marked, { keys: controls });
      for (let i = 0; i < documents.length; i++)
        expect(documents.row(i).log10PValue).toBeGreaterThan(LOG10_UNMARKED);
    }
  });
});
