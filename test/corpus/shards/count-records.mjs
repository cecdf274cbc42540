// A program of shards that has nothing to do with scanning: each shard is a text file, and becomes the numbers of its lines and bytes.
import { readFile } from 'node:fs/promises';
import { CorpusError } from '@countermark/corpus';
import { serveShards } from '@countermark/corpus/driver';

await serveShards({
  counters: ['lines', 'bytes'],
  async open({ files, mark }) {
    if (files === undefined) throw new CorpusError('parts-unfit', 'there are no files');
    return {
      fileOf: (shard) => `count-${shard}.json`,
      async make(shard, { refused, at, count }) {
        const leftOut = new Set(refused.map(({ record }) => record));
        const lines = (await readFile(files[shard], 'utf8')).trimEnd().split('\n');
        let bytes = 0;
        for (const [record, line] of lines.entries()) {
          if (leftOut.has(record)) continue;
          at(record);
          if (line === 'stall') for (;;);
          if (line === 'die') process.exit(1);
          if (line === 'refuse')
            throw new CorpusError('damaged', `${files[shard]}: line ${record + 1} is refused`);
          bytes += line.length;
          count('lines', 1);
          count('bytes', line.length);
        }
        at(undefined);
        const counted = { mark, lines: lines.length - leftOut.size, bytes, refused };
        return { bytes: Buffer.from(JSON.stringify(counted)), outcome: { shard, lines: counted.lines } };
      },
    };
  },
});
