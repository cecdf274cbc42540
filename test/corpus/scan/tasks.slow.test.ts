import { spawn } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { detectFileLayout, planScan, scanShard } from '@countermark/corpus';
import { beforeAll, describe, expect, it } from 'vitest';
import { COMMAND, type Ended, endOf, PATIENCE_MS, run } from '../../cli/command.ts';
import { makeDirectory } from '../../cli/fixtures.ts';
import { END, READING, resultOf, scanArgs, succeed, writeCorpus } from './runs.ts';

const directory = makeDirectory();
const corpus = writeCorpus(directory, { files: 7, documents: 6, tokens: 100, marked: 1 });
const whole = join(directory, 'whole');
const planned = join(directory, 'planned');
let digests: Record<string, string>;

beforeAll(async () => {
  await succeed(scanArgs(corpus, whole, '--threads', '2'));
  digests = resultOf(whole);
  await succeed(['plan', '--key', corpus.keyFile, ...READING, '--out', planned, corpus.path]);
}, PATIENCE_MS);

/** A directory with the plan of the corpus. */
function planOf(name: string): string {
  const out = join(directory, name);
  cpSync(planned, out, { recursive: true });
  return out;
}

function task(out: string, more: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const args = ['scan', '--manifest', join(out, 'manifest.json'), '--key', corpus.keyFile, '--threads', '1'];
  const child = spawn(process.execPath, [COMMAND, ...args, ...more], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return endOf(child);
}

async function mergedOf(out: string): Promise<Record<string, string>> {
  await succeed(['merge', '--manifest', join(out, 'manifest.json'), '--key', corpus.keyFile]);
  return resultOf(out);
}

describe('a scan in tasks', () => {
  it('has the manifest that one scan has', () => {
    expect(readFileSync(join(planned, 'manifest.json'))).toEqual(readFileSync(join(whole, 'manifest.json')));
  });

  it('gives the bytes of one scan as one task', async () => {
    const out = planOf('one');
    expect(await task(out, [])).toMatchObject({ status: 0 });
    expect(await mergedOf(out)).toEqual(digests);
  });

  it('gives them in two, the last first, and says what is missing until then', async () => {
    const out = planOf('two');
    expect(await task(out, ['--task', '1', '--tasks', '2'])).toMatchObject({ status: 0 });
    const status = await run(['status', '--manifest', join(out, 'manifest.json')]);
    expect(status).toMatchObject({ status: 0, stdout: '3 of 7 shards have a part\nmissing: 0, 2, 4, 6\n' });
    expect(await task(out, ['--task', '0', '--tasks', '2'])).toMatchObject({ status: 0 });
    expect(await mergedOf(out)).toEqual(digests);
  });

  it('gives them in five of a job array of Slurm or an indexed job of Kubernetes, in any order', async () => {
    const out = planOf('five');
    const lines: string[] = [];
    for (const i of [3, 0, 4, 1, 2]) {
      // Arrays of Slurm start where their user wants.
      const ended =
        i % 2 === 0
          ? await task(out, [], slurm(10 + i))
          : await task(out, ['--tasks', '5'], { JOB_COMPLETION_INDEX: `${i}` });
      lines.push(ended.stdout);
    }
    const parts = join(out, 'parts');
    expect(lines).toEqual(
      [3, 0, 4, 1, 2].map(
        (i) =>
          `task ${i} of 5: ${i < 2 ? '2 shards have their parts' : '1 shard has its part'} in ${parts}\n`,
      ),
    );
    expect(await mergedOf(out)).toEqual(digests);
    const outside = await task(out, [], slurm(15));
    expect(outside.status).toBe(2);
    expect(outside.stderr).toContain('task 5 is not one of 0 … 4');
  });
});

function slurm(id: number): NodeJS.ProcessEnv {
  return { SLURM_ARRAY_TASK_ID: `${id}`, SLURM_ARRAY_TASK_MIN: '10', SLURM_ARRAY_TASK_COUNT: '5' };
}

const LARGE = 400_000;
const CHANGES: [string, (path: string) => void, string][] = [
  [
    'grew',
    (path) => writeFileSync(path, Buffer.alloc(2), { flag: 'a' }),
    `it had ${LARGE} bytes and has ${LARGE + 2}`,
  ],
  ['has another end', (path) => overwrite(path, LARGE - 10), 'its content is another'],
  ['has another middle', (path) => overwrite(path, LARGE / 2), 'its content is another'],
];

describe('a file that changed between plan and scan', () => {
  it.each(CHANGES)('is refused where it %s', async (name, change, what) => {
    const path = join(directory, `${name.replaceAll(' ', '-')}.bin`);
    writeFileSync(path, Buffer.alloc(LARGE, 1));
    const { reading } = await detectFileLayout(path, { idBytes: 2, endOfText: END });
    const manifest = await planScan([corpus.key], [{ location: path, reading }]);
    const tools = { keys: [corpus.key], tokenizers: [] };
    await expect(scanShard(manifest, 0, tools)).resolves.toMatchObject({ bytes: LARGE });
    change(path);
    await expect(scanShard(manifest, 0, tools)).rejects.toMatchObject({
      code: 'changed',
      message: `${path}: not what it was when the scan was planned: ${what}`,
    });
  });

  it('is the same where only its times are others, as those of a copy are', async () => {
    const path = join(directory, 'touched.bin');
    writeFileSync(path, Buffer.alloc(LARGE, 1));
    const { reading } = await detectFileLayout(path, { idBytes: 2, endOfText: END });
    const manifest = await planScan([corpus.key], [{ location: path, reading }]);
    utimesSync(path, 1, statSync(path).mtimeMs / 1000 + 5);
    await expect(scanShard(manifest, 0, { keys: [corpus.key], tokenizers: [] })).resolves.toMatchObject({
      bytes: LARGE,
    });
  });

  it('is refused where it is written to while it is read', async () => {
    const path = join(directory, 'meanwhile.bin');
    writeFileSync(path, Buffer.alloc(LARGE, 1));
    const { reading } = await detectFileLayout(path, { idBytes: 2, endOfText: END });
    const manifest = await planScan([corpus.key], [{ location: path, reading }]);
    const progress = {
      at: () => undefined,
      scored: () => undefined,
      read: () => {
        overwrite(path, LARGE / 2);
        utimesSync(path, 1, 2);
      },
    };
    const tools = { keys: [corpus.key], tokenizers: [] };
    await expect(scanShard(manifest, 0, tools, { progress })).rejects.toMatchObject({
      code: 'changed',
      message: `${path}: not what it was when the scan was planned: it was written to since`,
    });
  });

  it('is named with status 4, and parts of other files stay', async () => {
    const { out, files } = copiedCorpus('changed');
    await succeed(['plan', '--key', corpus.keyFile, ...READING, '--out', out, ...files]);
    writeFileSync(files[2] ?? '', Buffer.alloc(2), { flag: 'a' });
    const { status, stderr } = await task(out, []);
    expect(status).toBe(4);
    expect(stderr).toContain(`countermark: ${files[2]}: not what it was when the scan was planned: it had`);
    expect(readdirSync(join(out, 'parts'))).toEqual(['part-000000.cmp', 'part-000001.cmp']);
  });

  it('is named where it is gone', async () => {
    const { out, files } = copiedCorpus('gone');
    await succeed(['plan', '--key', corpus.keyFile, ...READING, '--out', out, ...files]);
    rmSync(files[1] ?? '');
    const { status, stderr } = await task(out, []);
    expect(status).toBe(2);
    expect(stderr).toContain(`countermark: ${files[1]}: no such file or directory\n`);
  });
});

function overwrite(path: string, at: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from([2, 0]), 0, 2, at);
  closeSync(file);
}

function copiedCorpus(name: string): { out: string; files: string[] } {
  const path = join(directory, `${name}-files`);
  mkdirSync(path);
  const files = corpus.files.slice(0, 3).map((from, i) => {
    const to = join(path, `${i}.bin`);
    copyFileSync(from, to);
    return to;
  });
  return { out: join(directory, name), files };
}
