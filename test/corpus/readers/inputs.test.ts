import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expandInputs, type FileReading, planShards } from '@countermark/corpus';
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
    for (const paths of [
      [at('d/a.jsonl'), `${at('d')}/../d/a.jsonl`],
      [at('d'), at('d/a.jsonl')],
      [at('d'), at('d')],
      [at('d/a.jsonl'), at('link.jsonl')],
      [at('d'), at('linked')],
      [at('d/*.jsonl'), at('d/b.jsonl')],
      ['http://host/a.jsonl', 'http://host/a.jsonl'],
    ]) {
      const [first = ''] = paths;
      const alone = (await expandInputs([first])).locations;
      const { locations, repeated } = await expandInputs(paths);
      expect(locations).toEqual(alone);
      expect(repeated.length).toBeGreaterThan(0);
    }
    expect((await expandInputs([at('d/a.jsonl'), at('link.jsonl')])).repeated).toEqual([
      { location: at('link.jsonl'), as: at('d/a.jsonl') },
    ]);
  });

  it('follows links in a directory, but not in circles', async () => {
    const at = tree('blobs/0123', 'snapshot/placeholder.txt');
    symlinkSync(at('blobs/0123'), at('snapshot/data.parquet'));
    expect((await expandInputs([at('')])).locations).toEqual([
      at('snapshot/data.parquet'),
      at('snapshot/placeholder.txt'),
    ]);
    symlinkSync(at(''), at('snapshot/circle'));
    expect((await expandInputs([at('')])).locations).toEqual([
      at('snapshot/data.parquet'),
      at('snapshot/placeholder.txt'),
    ]);
  });

  it('refuses what stands for no file', async () => {
    const at = tree('d/only.md');
    mkdirSync(at('empty'));
    for (const paths of [[], [at('nothing')], [at('*.jsonl')], [at('empty')], [at('d')]])
      await expect(expandInputs(paths)).rejects.toMatchObject({ code: 'no-input' });
  });

  it('lists what cannot be read beside what can, and refuses it where there is nothing else', async () => {
    const at = tree('a.jsonl');
    symlinkSync(at('nowhere'), at('broken.jsonl'));
    for (const path of ['', '*.jsonl', '**'])
      expect(await expandInputs([at(path)])).toMatchObject({
        locations: [at('a.jsonl')],
        unread: [{ location: at('broken.jsonl') }],
      });
    await expect(expandInputs([at('broken.*')])).rejects.toMatchObject({ code: 'unreadable' });
    await expect(expandInputs(['/dev/null'])).rejects.toMatchObject({ code: 'unreadable' });
  });
});

describe('planShards', () => {
  const BIN: FileReading = {
    format: 'bin',
    compression: 'none',
    layout: { kind: 'ids', field: '' },
    idBytes: 2,
  };
  const TXT: FileReading = { format: 'txt', compression: 'none', layout: { kind: 'text', field: '' } };

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
    const readings: FileReading[] = [
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
