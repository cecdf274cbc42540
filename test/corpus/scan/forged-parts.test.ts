import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CorpusError,
  detectFileLayout,
  formatPart,
  type Manifest,
  manifestDigest,
  mergeScan,
  PartStore,
  planScan,
  scanShard,
  surveyParts,
} from '@countermark/corpus';
import { writeWhole } from '@countermark/host';
import { seededRandom } from '@countermark/watermark';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { makeDirectory } from '../../cli/fixtures.ts';
import { type Corpus, END, writeCorpus } from './runs.ts';

const synced = vi.hoisted(() => [] as string[]);

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const open = async (...args: Parameters<typeof real.open>) => {
    const handle = await real.open(...args);
    const sync = handle.sync.bind(handle);
    return Object.assign(handle, {
      sync: async () => {
        await sync();
        synced.push(String(args[0]));
      },
    });
  };
  return { ...real, open };
});

const MAGIC = 'countermark part 1\n';
const directory = makeDirectory();
const parts = join(directory, 'parts');
const path = join(parts, 'part-000000.cmp');
let corpus: Corpus;
let manifest: Manifest;
let whole: Buffer;

beforeAll(async () => {
  mkdirSync(parts);
  corpus = writeCorpus(directory, { files: 1, documents: 6, tokens: 200, marked: 1 });
  const [location = ''] = corpus.files;
  const { reading } = await detectFileLayout(location, { idBytes: 2, endOfText: END });
  manifest = await planScan([corpus.key], [{ location, reading }], { sampleSize: 64 });
  const part = await scanShard(manifest, 0, { keys: [corpus.key], tokenizers: [] });
  whole = Buffer.from(formatPart(part, manifest.settings.sampleSize));
});

/** Reads and merges what is given as the only part; returns what is said against it, in each of both ways. */
async function faultsOf(bytes: Uint8Array): Promise<unknown[]> {
  writeFileSync(path, bytes);
  const survey = await surveyParts([parts], 1);
  const read = new PartStore(parts, manifestDigest(manifest)).read(0);
  const tools = { keys: [corpus.key], tokenizers: [] };
  const merged = mergeScan(manifest, survey, tools, directory);
  const answers = await Promise.allSettled([read, merged]);
  return answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
}

function expectNamed(faults: readonly unknown[], what: string): void {
  for (const fault of faults) {
    expect(fault, what).toBeInstanceOf(CorpusError);
    const { message, details } = fault as CorpusError;
    expect([message, ...details].join('\n'), what).toContain(`${path}: `);
  }
}

/** A part with another header, and a digest that is right. */
function forge(change: (header: Record<string, unknown>) => void, claimedLength?: number): Buffer {
  const length = whole.readUInt32LE(MAGIC.length);
  const start = MAGIC.length + 4;
  const header = JSON.parse(whole.toString('utf8', start, start + length));
  change(header);
  const json = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(claimedLength ?? json.length);
  const body = Buffer.concat([Buffer.from(MAGIC), size, json, whole.subarray(start + length, -32)]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

describe('a part', () => {
  it('that is whole has no fault', async () => {
    expect(await faultsOf(whole)).toEqual([]);
  });

  it('is named with what is wrong wherever it is cut short or a byte is flipped', async () => {
    const random = seededRandom('damage');
    for (let i = 0; i < 150; i++) {
      const at = i < 30 ? i : Math.floor(whole.length * random());
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ (1 + Math.floor(255 * random()));
      for (const [what, bytes] of [
        [`cut at ${at}`, whole.subarray(0, at)],
        [`flipped at ${at}`, flipped],
      ] as const) {
        const faults = await faultsOf(bytes);
        expect(faults, what).toHaveLength(2);
        expectNamed(faults, what);
      }
    }
  });

  const huge = [-1, 0.5, 2 ** 31, 2 ** 53 - 1, 1e300, null, 'x', [], {}];
  it('that was forged, with a right digest, is refused without a fault of ours, and without the memory that it claims', async () => {
    for (const value of huge) {
      const fields: ((header: Record<string, unknown>) => void)[] = Object.keys(
        JSON.parse(
          whole.toString('utf8', MAGIC.length + 4, MAGIC.length + 4 + whole.readUInt32LE(MAGIC.length)),
        ),
      ).map((name) => (header) => {
        header[name] = value;
      });
      for (const list of ['samples', 'leads', 'eValues', 'failures']) {
        for (const field of ['entries', 'level', 'size', 'document', 'lengths', 'count', 'log10Sum']) {
          fields.push((header) => {
            const entries = header[list] as Record<string, unknown>[];
            for (const entry of entries) if (field in entry) entry[field] = value;
          });
        }
      }
      for (const change of fields) {
        const before = process.memoryUsage().arrayBuffers;
        expectNamed(await faultsOf(forge(change)), `${String(change)} ${JSON.stringify(value)}`);
        expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(256 * 2 ** 20);
      }
    }
  });

  it.each([0, 1, 2 ** 31, 2 ** 32 - 1])('whose header claims %i bytes is refused', async (length) => {
    const faults = await faultsOf(forge(() => undefined, length));
    expect(faults).toHaveLength(2);
    expectNamed(faults, `${length}`);
  });
});

describe('what a scan writes', () => {
  it('is flushed with the directory that names it', async () => {
    const target = join(directory, 'durable');
    mkdirSync(target);
    synced.length = 0;
    await new PartStore(target, manifestDigest(manifest)).publish(0, whole);
    expect(synced).toEqual([expect.stringContaining('part-000000.cmp'), target]);
    expect(readFileSync(join(target, 'part-000000.cmp'))).toEqual(whole);
    synced.length = 0;
    await writeWhole(join(target, 'manifest.json'), '{}');
    expect(synced).toEqual([expect.stringContaining('manifest.json'), target]);
    synced.length = 0;
    writeFileSync(path, whole);
    const survey = await surveyParts([parts], 1);
    await mergeScan(manifest, survey, { keys: [corpus.key], tokenizers: [] }, target);
    expect(synced).toEqual([expect.stringContaining('documents.parquet'), target]);
  });
});
