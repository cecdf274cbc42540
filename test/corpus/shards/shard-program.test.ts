/** The runner of shards knows nothing of scanning: here it runs another program. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CorpusError } from '@countermark/corpus';
import { ShardRunner } from '@countermark/corpus/driver';
import { afterEach, describe, expect, it } from 'vitest';
import { makeDirectory } from '../../cli/fixtures.ts';

const TIME_LIMIT_MS = 60_000;
const directory = makeDirectory();
const runners: ShardRunner<Outcome, Counter>[] = [];
let names = 0;

type Counter = 'lines' | 'bytes';

interface Outcome {
  readonly shard: number;
  readonly lines: number;
}

/** Writes a file of lines for each shard. */
function writeShards(...shards: readonly (readonly string[])[]): string[] {
  return shards.map((lines) => {
    const path = join(directory, `shard-${names++}.txt`);
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
    return path;
  });
}

function makePlace(): string {
  const location = join(directory, `place-${names++}`);
  mkdirSync(location);
  return location;
}

function open(
  files: readonly string[] | undefined,
  location: string,
  mark = 'one',
): ShardRunner<Outcome, Counter> {
  const runner = new ShardRunner<Outcome, Counter>(
    {
      program: { file: new URL('./count-records.mjs', import.meta.url), execArgv: [] },
      counters: ['lines', 'bytes'],
      setup: { files, mark },
      place: { location },
    },
    2,
  );
  runners.push(runner);
  return runner;
}

const read = (location: string): Record<string, unknown> =>
  Object.fromEntries(
    readdirSync(location).map((name) => [name, JSON.parse(readFileSync(join(location, name), 'utf8'))]),
  );

afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.close()));
});

describe('a program of shards', () => {
  it('makes a file of each shard, and is told of by its own counters', async () => {
    const files = writeShards(['a', 'bc'], ['def'], ['g', 'h', 'i']);
    const location = makePlace();
    const finished: Outcome[] = [];
    const states: object[] = [];
    await open(files, location).run([0, 1, 2], {
      threads: 2,
      timeLimitMs: TIME_LIMIT_MS,
      onFinished: (outcome) => finished.push(outcome),
      onProgress: (state) => states.push(state),
    });
    expect(read(location)).toEqual({
      'count-0.json': { mark: 'one', lines: 2, bytes: 3, refused: [] },
      'count-1.json': { mark: 'one', lines: 1, bytes: 3, refused: [] },
      'count-2.json': { mark: 'one', lines: 3, bytes: 3, refused: [] },
    });
    expect(finished.toSorted((a, b) => a.shard - b.shard)).toEqual([
      { shard: 0, lines: 2 },
      { shard: 1, lines: 1 },
      { shard: 2, lines: 3 },
    ]);
    expect(states.at(-1)).toEqual({ finished: 3, shards: 3, lines: 6, bytes: 9 });
  });

  it('is begun again without the records that take too long, or its thread along, and is told which', async () => {
    const files = writeShards(['a', 'die', 'b', 'stall', 'c']);
    const location = makePlace();
    const refused: unknown[] = [];
    await open(files, location).run([0], {
      threads: 1,
      timeLimitMs: 2000,
      onRefused: (shard, { record, code }) => refused.push({ shard, record, code }),
    });
    expect(refused).toEqual([
      { shard: 0, record: 1, code: 'worker-crashed' },
      { shard: 0, record: 3, code: 'timed-out' },
    ]);
    expect(read(location)['count-0.json']).toMatchObject({
      lines: 3,
      bytes: 3,
      refused: [
        { record: 1, code: 'worker-crashed', message: 'ended the worker that looked at it' },
        { record: 3, code: 'timed-out', message: 'took longer than 2 s' },
      ],
    });
  });

  it('publishes once: whoever is first stays', async () => {
    const files = writeShards(['a'], ['b']);
    const location = makePlace();
    const options = { threads: 2, timeLimitMs: TIME_LIMIT_MS };
    await open(files, location, 'first').run([0], options);
    await open(files, location, 'second').run([0, 1], options);
    expect(read(location)).toMatchObject({
      'count-0.json': { mark: 'first' },
      'count-1.json': { mark: 'second' },
    });
  });

  it('ends the run with what it throws, as it was thrown, and nothing is published of that shard', async () => {
    const files = writeShards(['a'], ['b', 'refuse'], ['c']);
    const location = makePlace();
    const runner = open(files, location);
    const run = runner.run([0, 1, 2], { threads: 1, timeLimitMs: TIME_LIMIT_MS });
    const failure: unknown = await run.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CorpusError);
    expect(failure).toMatchObject({ code: 'damaged', message: `${files[1]}: line 2 is refused` });
    expect(runner.isOpen).toBe(false);
    expect(readdirSync(location)).toEqual(['count-0.json']);
  });

  it('ends the run with what it cannot start for', async () => {
    const run = open(undefined, makePlace()).run([0], { threads: 1, timeLimitMs: TIME_LIMIT_MS });
    const failure: unknown = await run.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CorpusError);
    expect(failure).toMatchObject({ code: 'parts-unfit', message: 'there are no files' });
  });
});
