import { gunzipSync, gzipSync } from 'node:zlib';
import type { FileLayout } from '@countermark/corpus';
import type { Compression } from '@countermark/corpus/internal';
import { describe, expect, it } from 'vitest';
import { idsOf, JSONL, readBytes, textsOf } from './read-all.ts';

const LINES = ['{"text":"one"}\n{"text":"two"}\n{"te', 'xt":"three"}\n'];

/** {@link LINES}, a frame each, as zstd 1.5 writes them. */
const ZSTD = Buffer.from(
  'KLUv/SQi/QAAyHsidGV4dCI6Im9uZSJ9CnR3byJ9CnsidGUBAFLMOkjLIPIotS/9JA1pAAB4dCI6InRocmVlIn0KYtAXUw==',
  'base64',
);

/** {@link LINES}, a stream each, as bzip2 1.0.8 writes them. */
const BZIP2 = Buffer.from(
  [
    'QlpoOTFBWSZTWaHBj8MAAA7ZgAAQEAAAEAIBhMogACEkmTE9QgGmmhmFNRe4ban1MgKtMk+LuSKcKEhQ4MfhgEJaaDkxQVkmU1nIy9RbAAAF',
    '2YAAEBAAABACQBRCIAAiGjJkIMmIjKQZcUHi7kinChIZGXqLYA==',
  ].join(''),
  'base64',
);
/** {@link LINES}, a stream each, as xz 5.4 writes them. */
const XZ = Buffer.from(
  [
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AAhABpdAD2IioaUiBPg84lKecGcnlh930Wuz6B/xJsAAAAAHk0QKqrB26oAATYiumX6fB+2830B',
    'AAAAAARZWv03elhaAAAE5ta0RgIAIQEWAAAAdC/lowEADHh0IjoidGhyZWUifQoAAAAALpdDnfo29SQAASUNcRnEth+2830BAAAAAARZWg==',
  ].join(''),
  'base64',
);

const PACKED: readonly (readonly [Compression, Buffer])[] = [
  ['gzip', Buffer.concat(LINES.map((part) => gzipSync(part)))],
  ['zstd', ZSTD],
  ['bzip2', BZIP2],
  ['xz', XZ],
];

describe.each(PACKED)('readShard of %s', (compression, packed) => {
  const reading: FileLayout = { ...JSONL, compression };

  it('reads several members as one file, wherever chunks end', async () => {
    for (const chunkBytes of [1, 2, 3, 10, 17, 1024]) {
      const all = await readBytes(packed, reading, { chunkBytes });
      expect(textsOf(all)).toEqual(['one', 'two', 'three']);
      expect(all.failures).toEqual([]);
      expect(all.count.bytes).toBe(packed.length);
    }
  });

  it('keeps what comes before a cut, and says that the rest is lost', async () => {
    const whole = ['one', 'two', 'three'];
    for (let length = 1; length < packed.length; length++) {
      const all = await readBytes(packed.subarray(0, length), reading);
      const texts = textsOf(all);
      expect(texts).toEqual(whole.slice(0, texts.length));
      // Between members, a cut cannot be seen but in the line that it leaves unfinished.
      const code = all.failures[0]!.code;
      expect(all.failures).toHaveLength(1);
      expect(['damaged', 'invalid-json']).toContain(code);
      expect(all.failures[0]).toMatchObject({ record: texts.length });
      if (code === 'damaged') expect(all.failures[0]!.message).toMatch(/nothing after byte \d+/);
    }
  });

  it('says where reading stopped', async () => {
    const all = await readBytes(packed.subarray(0, -8), reading);
    expect(textsOf(all)).toEqual(compression === 'zstd' ? ['one', 'two'] : whole());
    expect(all.failures[0]!.byteOffset).toBe(compression === 'zstd' ? 34 : 47);
    function whole(): string[] {
      return ['one', 'two', 'three'];
    }
  });

  it('keeps what comes before other bytes, and says that these were not read', async () => {
    const rest = Buffer.from('{"text":"plain"}\n'.repeat(20));
    for (const chunkBytes of [1, 10, 1024]) {
      const all = await readBytes(Buffer.concat([packed, rest]), reading, { chunkBytes });
      // The library for xz drops what it has not given yet, which is less than 64 KiB.
      const texts = textsOf(all);
      const kept = ['one', 'two', 'three'].slice(0, compression === 'xz' ? texts.length : 3);
      expect(texts).toEqual(kept);
      expect(all.failures).toMatchObject([{ record: kept.length, code: 'damaged' }]);
      expect(all.count.records).toBe(kept.length + 1);
    }
  });

  it('fails a file that is no compressed data at all', async () => {
    const all = await readBytes('{"text":"plain"}\n', reading);
    expect(all).toMatchObject({ documents: [], failures: [{ record: 0, byteOffset: 0, code: 'damaged' }] });
  });
});

describe('readShard of compressed files', () => {
  it('decompresses every format with text', async () => {
    const files: [string, Partial<FileLayout>][] = [
      ['[{"text":"a"}]', { format: 'json' }],
      ['text,n\na,1\n', { format: 'csv' }],
      ['text\tn\na\t1\n', { format: 'tsv' }],
      ['a', { format: 'txt', layout: { kind: 'text', field: '' }, textSplit: 'file' }],
      ['a', { format: 'txt', layout: { kind: 'text', field: '' }, textSplit: 'lines' }],
      ['a', { format: 'txt', layout: { kind: 'text', field: '' }, textSplit: 'blank-lines' }],
    ];
    for (const [content, reading] of files) {
      const packed = gzipSync(content);
      expect(textsOf(await readBytes(packed, { ...JSONL, ...reading, compression: 'gzip' }))).toEqual(['a']);
      const cut = await readBytes(packed.subarray(0, -1), { ...JSONL, ...reading, compression: 'gzip' });
      expect(cut.failures.map(({ code }) => code)).toEqual(['damaged']);
    }
  });

  it('decompresses raw token ids', async () => {
    const reading: FileLayout = {
      format: 'bin',
      compression: 'gzip',
      layout: { kind: 'ids', field: '' },
      idBytes: 2,
      endOfText: 9,
    };
    const packed = gzipSync(Buffer.from(Uint16Array.of(1, 2, 9, 3).buffer));
    expect(idsOf(await readBytes(packed, reading, { chunkBytes: 3 }))).toEqual([[1, 2], [3]]);
    const odd = gzipSync(Buffer.from([1, 0, 2]));
    expect((await readBytes(odd, reading)).failures).toMatchObject([{ byteOffset: 2, code: 'damaged' }]);
  });

  it('reads megabytes as the standard library does', async () => {
    const lines = Array.from({ length: 50_000 }, (_, i) =>
      JSON.stringify({ text: `${i} ${'word '.repeat(i % 50)}` }),
    );
    const packed = gzipSync(lines.join('\n'));
    const texts = gunzipSync(packed)
      .toString()
      .split('\n')
      .map((line) => JSON.parse(line).text);
    const all = await readBytes(packed, { ...JSONL, compression: 'gzip' });
    expect(textsOf(all).join() === texts.join()).toBe(true);
  });
});

describe('readShard of gzip', () => {
  it('takes zeros after the last member for padding, whether or not the last line has an end', async () => {
    for (const lines of ['{"text":"one"}\n', '{"text":"one"}']) {
      const all = await readBytes(Buffer.concat([gzipSync(lines), Buffer.alloc(100)]), {
        ...JSONL,
        compression: 'gzip',
      });
      expect(textsOf(all)).toEqual(['one']);
      expect(all.failures).toEqual([]);
    }
  });

  it('keeps a last line without an end before bytes that are no gzip data', async () => {
    const all = await readBytes(Buffer.concat([gzipSync('{"text":"one"}'), Buffer.from('garbage')]), {
      ...JSONL,
      compression: 'gzip',
    });
    expect(textsOf(all)).toEqual(['one']);
    expect(all.failures).toMatchObject([
      { record: 1, code: 'damaged', message: expect.stringContaining('7 bytes') },
    ]);
  });

  it('refuses a member whose checksum is another', async () => {
    const packed = gzipSync('{"text":"one"}\n');
    packed[packed.length - 6]! ^= 1;
    const all = await readBytes(packed, { ...JSONL, compression: 'gzip' });
    expect(textsOf(all)).toEqual(['one']);
    expect(all.failures).toMatchObject([{ record: 1, code: 'damaged' }]);
  });
});
