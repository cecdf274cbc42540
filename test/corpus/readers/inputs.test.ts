import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileLayout } from '@countermark/corpus';
import { expandInputs, planShards } from '@countermark/corpus/internal';
import { describe, expect, it } from 'vitest';
import { JSONL, makeDirectory, writeFile } from './read-all.ts';

/** Makes a directory with some files, and gives what makes paths in it. */
function tree(...names: string[]): (name: string) => string {
  const directory = makeDirectory();
  for (const name of names) {
    mkdirSync(join(directory, name, '..'), { recursive: true });
    writeFileSync(join(directory, name), '');
  }
  return (name) => join(directory, name);
}

describe('expandInputs', () => {
  it('takes files as named, and of directories those of known formats, in the order of code units', async () => {
    const at = tree(
      'b.jsonl',
      'Z.csv',
      'a/x.parquet',
      'a/é.txt',
      'a/y.jsonl.gz',
      'README.md',
      '.git/a.json',
      'a/model.weights',
      'odd',
    );
    expect(await expandInputs([at('odd'), at('')])).toMatchObject({
      locations: [at('odd'), ...['Z.csv', 'a/x.parquet', 'a/y.jsonl.gz', 'a/é.txt', 'b.jsonl'].map(at)],
      ignored: ['.git', 'README.md', 'a/model.weights', 'odd'].map(at),
      unknown: { files: 2, bytes: 0, names: ['README.md', 'a/model.weights'].map(at) },
      unread: [],
      repeated: [],
      describing: [],
      dead: [],
      excluded: 0,
    });
  });

  it('takes files that match a pattern, and addresses as they are', async () => {
    const at = tree('2.jsonl', '10.jsonl', 'in/3.jsonl', 'x.txt');
    expect((await expandInputs([at('*.jsonl'), 'https://host/b.jsonl'])).locations).toEqual([
      at('10.jsonl'),
      at('2.jsonl'),
      'https://host/b.jsonl',
    ]);
    expect((await expandInputs([at('**/*.jsonl')])).locations).toEqual(
      ['10.jsonl', '2.jsonl', 'in/3.jsonl'].map(at),
    );
  });

  it('takes a file whose name looks like a pattern for that file', async () => {
    const at = tree('[a].jsonl', 'a.jsonl');
    expect((await expandInputs([at('[a].jsonl')])).locations).toEqual([at('[a].jsonl')]);
  });

  it('takes a file that is given twice once, and names both spellings', async () => {
    const at = tree('d/a.jsonl', 'd/b.jsonl');
    symlinkSync(at('d/a.jsonl'), at('link.jsonl'));
    symlinkSync(at('d'), at('linked'));
    const [a, b] = [at('d/a.jsonl'), at('d/b.jsonl')];
    const cases: readonly (readonly [string[], string[], [string, string][]])[] = [
      [[a, `${at('d')}/../d/a.jsonl`], [a], [[`${at('d')}/../d/a.jsonl`, a]]],
      [[at('d'), a], [a, b], [[a, a]]],
      [[at('d'), at('d')], [a, b], [[at('d'), at('d')]]],
      [[a, at('link.jsonl')], [a], [[at('link.jsonl'), a]]],
      [[at('d'), at('linked')], [a, b], [[at('linked'), at('d')]]],
      [[at('d/*.jsonl'), b], [a, b], [[b, b]]],
      [
        ['http://host/a.jsonl', 'http://host/a.jsonl'],
        ['http://host/a.jsonl'],
        [['http://host/a.jsonl', 'http://host/a.jsonl']],
      ],
    ];
    for (const [paths, locations, twice] of cases) {
      const repeated = twice.map(([location, as]) => ({ location, as }));
      expect(await expandInputs(paths)).toMatchObject({ locations, repeated });
    }
  });

  it('follows links in a directory, but not in circles', async () => {
    const at = tree('blobs/0123', 'snapshot/placeholder.txt');
    symlinkSync(at('blobs/0123'), at('snapshot/data.parquet'));
    expect((await expandInputs([at('')])).locations).toEqual([
      at('snapshot/data.parquet'),
      at('snapshot/placeholder.txt'),
    ]);
    symlinkSync(at(''), at('snapshot/circle'));
    const round = await expandInputs([at('')]);
    expect(round.locations).toHaveLength(2);
    expect(round.repeated).toEqual([{ location: at('snapshot/circle'), as: at('') }]);
    // What is read under its other name is no file of unknown format.
    expect(round.unknown.files).toBe(0);
  });

  it('refuses what stands for no file', async () => {
    const at = tree('d/only.md');
    mkdirSync(at('empty'));
    for (const paths of [[], [at('nothing')], [at('*.jsonl')], [at('empty')], [at('d')]])
      await expect(expandInputs(paths)).rejects.toMatchObject({ code: 'no-input' });
  });

  it('refuses what cannot be read where there is nothing else', async () => {
    const at = tree('in/placeholder.md');
    symlinkSync(at('nowhere'), at('in/broken.jsonl'));
    for (const path of ['in', 'in/*.jsonl'])
      await expect(expandInputs([at(path)])).rejects.toMatchObject({ code: 'unreadable', reason: 'missing' });
    await expect(expandInputs(['/dev/null'])).rejects.toMatchObject({
      code: 'unreadable',
      reason: 'not-a-file',
    });
  });

  it('lists what cannot be read beside what can, with its reason', async () => {
    const at = tree(
      'a.jsonl',
      'rows.avro',
      'folder/_delta_log/00000000000000000001.json',
      'iceberg/metadata/v1.metadata.json',
    );
    symlinkSync(at('nowhere'), at('broken.jsonl'));
    symlinkSync(at('loop.jsonl'), at('loop.jsonl'));
    execFileSync('mkfifo', [at('pipe.jsonl')]);
    writeFileSync(Buffer.concat([Buffer.from(at('bad-')), Buffer.of(0xff), Buffer.from('.jsonl')]), '');
    const { locations, unread, unknown } = await expandInputs([at('')]);
    expect(locations).toEqual([at('a.jsonl')]);
    expect(unread.map(({ location, reason }) => [location.slice(at('').length + 1), reason]).sort()).toEqual(
      [
        ['bad-\ufffd.jsonl', 'bad-name'],
        ['broken.jsonl', 'missing'],
        ['folder', 'damaged'],
        ['iceberg', 'unsupported'],
        ['loop.jsonl', 'missing'],
        ['pipe.jsonl', 'not-a-file'],
        ['rows.avro', 'unsupported'],
      ].map(([name = '', reason]) => [name, reason]),
    );
    expect(unread.find(({ location }) => location.endsWith('.avro'))?.message).toContain('fastavro');
    expect(unknown.files).toBe(0);
  });

  it('leaves out what is found and excluded, and counts it', async () => {
    const at = tree('a.jsonl', 'b.jsonl', 'b.avro');
    const isExcluded = (path: string): boolean => /\/b\.\w+$/.test(path);
    expect(await expandInputs([at('')], { isExcluded })).toMatchObject({
      locations: [at('a.jsonl')],
      unread: [],
      excluded: 2,
    });
  });

  it('knows what libraries leave beside a data set by its content, not by its name alone', async () => {
    const at = tree('set/data.arrow', 'other/state.json', 'set/tokens.bin', 'set/tokens.idx');
    writeFileSync(at('set/state.json'), JSON.stringify({ _data_files: [], _fingerprint: '0' }));
    writeFileSync(at('set/dataset_info.json'), JSON.stringify({ features: {} }));
    writeFileSync(at('other/state.json'), JSON.stringify([{ text: 'a text' }]));
    const { locations, describing } = await expandInputs([at('')]);
    expect(locations).toEqual(['other/state.json', 'set/data.arrow', 'set/tokens.bin'].map(at));
    expect(describing).toEqual(['set/dataset_info.json', 'set/state.json', 'set/tokens.idx'].map(at));
  });
});

describe('planShards', () => {
  const BIN: FileLayout = {
    format: 'bin',
    compression: 'none',
    layout: { kind: 'ids', field: '' },
    idBytes: 2,
  };
  const TXT: FileLayout = { format: 'txt', compression: 'none', layout: { kind: 'text', field: '' } };

  it('cuts files with lines or raw ids into ranges that leave out no byte', async () => {
    const location = writeFile('file', Buffer.alloc(1000));
    for (const reading of [JSONL, BIN, { ...TXT, textSplit: 'lines' } as const]) {
      const shards = await planShards([{ location, reading }], { shardBytes: 300 });
      expect(shards.map(({ range, bytes }) => [range!.start, range!.end, bytes])).toEqual([
        [0, 333, 333],
        [333, 666, 333],
        [666, 1000, 334],
      ]);
    }
  });

  it('leaves other files whole', async () => {
    const location = writeFile('file', Buffer.alloc(1000));
    const readings: FileLayout[] = [
      { ...JSONL, compression: 'gzip' },
      { ...JSONL, format: 'json' },
      { ...JSONL, format: 'csv' },
      { ...TXT, textSplit: 'file' },
      { ...TXT, textSplit: 'blank-lines' },
    ];
    for (const reading of readings)
      expect(await planShards([{ location, reading }], { shardBytes: 300 })).toEqual([
        { location, reading, bytes: 1000 },
      ]);
  });

  it('plans empty files too, and keeps the order of files', async () => {
    const files = [writeFile('b', 'x'), writeFile('a', '')].map((location) => ({ location, reading: JSONL }));
    expect(await planShards(files)).toEqual(files.map((file, i) => ({ ...file, bytes: 1 - i })));
  });

  it('refuses a size that is none, and a file that is not there', async () => {
    await expect(planShards([], { shardBytes: 0 })).rejects.toThrow(RangeError);
    await expect(planShards([{ location: '/nowhere', reading: JSONL }])).rejects.toMatchObject({
      code: 'unreadable',
    });
  });
});
