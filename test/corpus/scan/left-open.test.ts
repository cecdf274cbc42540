import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { detectFileLayout, type FileFormat, planScan, scanShard } from '@countermark/corpus';
import { openTools } from '@countermark/corpus/driver';
import { readShard, type ShardSource } from '@countermark/corpus/internal';
import { demoModelFiles } from '@countermark/demo-model';
import { formatKeyFile } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { makeDirectory } from '../../cli/fixtures.ts';
import { keyFrom } from '../../support/random-key.ts';

const tokenizers = vi.hoisted(() => ({ opened: 0, closed: 0 }));

// Where tokenizers of files are made.
vi.mock('../../../packages/watermark/src/tokenizer/parse-tokenizer.ts', async (original) => {
  const real = await original<{ parseTokenizer(name: string, bytes: Uint8Array): Tokenizer }>();
  const parseTokenizer: typeof real.parseTokenizer = (...given) => {
    const tokenizer = real.parseTokenizer(...given);
    tokenizers.opened++;
    const close = tokenizer.close.bind(tokenizer);
    return Object.assign(tokenizer, {
      close() {
        tokenizers.closed++;
        close();
      },
    });
  };
  return { ...real, parseTokenizer };
});

const DESCRIPTORS = '/proc/self/fd';
const directory = makeDirectory();
const key = keyFrom('left open', 1000);
const TEXTS = Array.from({ length: 3000 }, (_, i) => `text ${i} of some length`);
const LINES = TEXTS.map((text) => `${JSON.stringify({ text })}\n`).join('');
const FILES: Readonly<Record<string, string | Uint8Array>> = {
  'a.jsonl': LINES,
  'a.jsonl.gz': gzipSync(LINES),
  'a.json': JSON.stringify(TEXTS.map((text) => ({ text }))),
  'a.csv': `text\n${TEXTS.join('\n')}\n`,
  'a.txt': TEXTS.join('\n'),
  'a.parquet': new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'text', data: TEXTS }] })),
  'a.bin': new Uint8Array(4000),
};

mkdirSync(join(directory, 'cut'));
for (const [name, content] of Object.entries(FILES)) {
  const bytes = Buffer.from(content);
  writeFileSync(join(directory, name), bytes);
  writeFileSync(join(directory, 'cut', name), bytes.subarray(0, bytes.length >> 1));
}

/** Files of the test's that this process has open. */
function openFiles(): string[] {
  return readdirSync(DESCRIPTORS).flatMap((descriptor) => {
    try {
      const path = readlinkSync(join(DESCRIPTORS, descriptor));
      return path.startsWith(directory) ? [path] : [];
    } catch {
      // That of the listing itself.
      return [];
    }
  });
}

async function shardOf(name: string): Promise<ShardSource> {
  const location = join(directory, name);
  return { location, reading: (await detectFileLayout(location)).reading };
}

describe.skipIf(!existsSync(DESCRIPTORS))('no file is left open (needs /proc)', () => {
  it.each(Object.keys(FILES))(
    'of %s: read to its end, in part, cut short, or until a signal',
    async (name) => {
      const shard = await shardOf(name);
      expect(openFiles()).toEqual([]);
      for await (const _ of readShard(shard));
      expect(openFiles()).toEqual([]);
      for await (const _ of readShard(shard)) {
        // That they would be seen.
        expect(openFiles()).toEqual([shard.location]);
        break;
      }
      expect(openFiles()).toEqual([]);
      const stop = new AbortController();
      const read = async (): Promise<void> => {
        const options = { signal: stop.signal, chunkBytes: 1024 };
        for await (const _ of readShard(shard, options)) stop.abort(new Error('enough of it'));
        stop.signal.throwIfAborted();
      };
      await expect(read()).rejects.toThrow('enough of it');
      expect(openFiles()).toEqual([]);
      const cut = { ...shard, location: join(directory, 'cut', name) };
      await (async () => {
        for await (const _ of readShard(cut));
      })().catch(() => undefined);
      await detectFileLayout(cut.location).catch(() => undefined);
      await planScan([key], [cut]).catch(() => undefined);
      expect(openFiles()).toEqual([]);
    },
  );

  it('where a reader cannot even be made', async () => {
    const shard = await shardOf('a.jsonl');
    const reading = { ...shard.reading, format: 'none' as FileFormat };
    await expect(readShard({ ...shard, reading }).next()).rejects.toThrow();
    expect(openFiles()).toEqual([]);
  });

  it('where a shard is scanned and its records fail', async () => {
    const shard = await shardOf('a.csv');
    const manifest = await planScan([key], [shard]);
    await expect(scanShard(manifest, 0, { keys: [key], tokenizers: [] })).rejects.toThrow();
    expect(openFiles()).toEqual([]);
  });
});

describe('openTools', () => {
  const manifestOf = async () => planScan([key], [await shardOf('a.jsonl')]);
  const { tokenizer } = demoModelFiles();

  beforeEach(() => {
    Object.assign(tokenizers, { opened: 0, closed: 0 });
  });

  it('closes the tokenizers that it has opened where another cannot be', async () => {
    const none = join(directory, 'none', 'tokenizer.json');
    const names = [tokenizer, tokenizer, none];
    await expect(openTools(await manifestOf(), [formatKeyFile(key)], names)).rejects.toThrow();
    expect(tokenizers).toEqual({ opened: 2, closed: 2 });
  });

  it('opens none where the keys are not those of the scan', async () => {
    const other = formatKeyFile(keyFrom('another', 1000));
    await expect(openTools(await manifestOf(), [other], [tokenizer])).rejects.toThrow();
    expect(tokenizers.opened).toBe(0);
    expect(readFileSync(tokenizer).length).toBeGreaterThan(0);
  });
});
