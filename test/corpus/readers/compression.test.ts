import { gunzipSync, gzipSync } from 'node:zlib';
import type { Compression, FileReading } from '@countermark/corpus';
import { describe, expect, it } from 'vitest';
import { idsOf, JSONL, readBytes, textsOf } from './read-all.ts';

const LINES = ['{"text":"one"}\n{"text":"two"}\n{"te', 'xt":"three"}\n'];

/** {@link LINES}, a frame each, as zstd 1.5 writes them. */
const ZSTD = Buffer.from(
  'KLUv/SQi/QAAyHsidGV4dCI6Im9uZSJ9CnR3byJ9CnsidGUBAFLMOkjLIPIotS/9JA1pAAB4dCI6InRocmVlIn0KYtAXUw==',
  'base64',
);

const PACKED: readonly (readonly [Compression, Buffer])[] = [
  ['gzip', Buffer.concat(LINES.map((part) => gzipSync(part)))],
  ['zstd', ZSTD],
];

describe.each(PACKED)('readShard of %s', (compression, packed) => {
  const reading: FileReading = { ...JSONL, compression };

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
    expect(textsOf(all)).toEqual(compression === 'gzip' ? whole() : ['one', 'two']);
    expect(all.failures[0]!.byteOffset).toBe(compression === 'gzip' ? 47 : 34);
    function whole(): string[] {
      return ['one', 'two', 'three'];
    }
  });

  it('passes over other bytes after the last member of gzip; of others says that they and what was not read before are lost', async () => {
    for (const rest of [Buffer.alloc(100), Buffer.from('{"text":"plain"}\n'.repeat(20))]) {
      for (const chunkBytes of [1, 10, 1024]) {
        const all = await readBytes(Buffer.concat([packed, rest]), reading, { chunkBytes });
        const texts = textsOf(all);
        expect(texts).toEqual(['one', 'two', 'three'].slice(0, texts.length));
        expect(all.failures).toMatchObject(
          compression === 'gzip' ? [] : [{ record: texts.length, code: 'damaged' }],
        );
        if (chunkBytes === 1 || compression === 'gzip') expect(texts).toHaveLength(3);
      }
    }
  });

  it('fails a file that is no compressed data at all', async () => {
    const all = await readBytes('{"text":"plain"}\n', reading);
    expect(all).toMatchObject({ documents: [], failures: [{ record: 0, byteOffset: 0, code: 'damaged' }] });
  });
});

describe('readShard of compressed files', () => {
  it('decompresses every format with text', async () => {
    const files: [string, Partial<FileReading>][] = [
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
    const reading: FileReading = {
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
