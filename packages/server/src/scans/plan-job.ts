import { dirname, isAbsolute, join } from 'node:path';
import { CorpusError, type Manifest, manifestDigest } from '@countermark/corpus';
import {
  type Inputs,
  planInputs,
  type ScanSource,
  type UnreadInput,
  writePlan,
} from '@countermark/corpus/driver';
import type { Job, JobQueue } from '../jobs/job-queue.ts';
import type { WatermarkKeys } from '../store/watermark-keys.ts';
import type { ScanRoots } from './allow-inputs.ts';
import { groupShards } from './group-shards.ts';
import { keyGone } from './open-keys.ts';
import { NO_PROGRESS } from './progress.ts';
import type { ScanDirectories } from './scan-directory.ts';
import type { ScanRequest } from './scan-request.ts';
import type { Scans } from './scan-store.ts';

const NOT_ALLOWED = 'is not below what scans may read';

/** What planning needs. */
export interface PlanParts {
  readonly scans: Scans;
  readonly queue: JobQueue;
  readonly keys: WatermarkKeys;
  readonly directories: ScanDirectories;
  readonly roots: ScanRoots;
}

/**
 * Plans a scan: freezes what it consists of, and adds a job for each of its shards. No secret is needed for it.
 *
 * @throws {CorpusError} if an input cannot be read, or may not be any more.
 */
export async function planJob(job: Job, parts: PlanParts, signal: AbortSignal): Promise<void> {
  const { scans, queue, directories } = parts;
  const { subject: id } = job;
  let request: ScanRequest | undefined;
  await scans.change(id, async (scan, tx) => {
    if (scan.status === 'queued' || scan.status === 'planning') request = scan.request;
    else await queue.complete(tx, [job]);
    return scan.status === 'queued' ? { status: 'planning' } : undefined;
  });
  if (request === undefined) return;
  const manifest = await plan(id, request, parts, signal);
  await directories.makeParts(id);
  const isPlanned = await scans.change(id, async (scan, tx) => {
    await queue.complete(tx, [job]);
    if (scan.status !== 'planning') return undefined;
    // Written while nobody else may: of two that plan a scan, one's manifest stays, and is the one that is scanned.
    await writePlan(directories.of(id), manifest);
    const groups = groupShards(manifest.shards.map(({ bytes }) => bytes));
    // The first shards of a new scan come before later ones of an older one.
    await queue.sendAll(
      tx,
      'shard',
      groups.map(({ first, count }) => ({ subject: id, first, count })),
    );
    const totalBytes = manifest.shards.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
    return {
      status: 'scanning',
      manifest: manifestDigest(manifest),
      progress: { ...NO_PROGRESS, shards: manifest.shards.length, totalBytes },
    };
  });
  if (isPlanned === true) queue.announce();
  else await afterwards(id, parts);
}

// Somebody else has planned it, or it was cancelled meanwhile, and its files are gone but for what was made just now.
async function afterwards(id: string, { scans, directories }: PlanParts): Promise<void> {
  const scan = await scans.find(id);
  if (scan === undefined || scan.status === 'cancelled') await directories.removeAll(id);
}

async function plan(
  id: string,
  request: ScanRequest,
  { keys, directories, roots }: PlanParts,
  signal: AbortSignal,
): Promise<Manifest> {
  const { source, reading, plan: settings } = request;
  const from =
    source.kind === 'upload'
      ? { files: source.files.map((name) => join(directories.input(id), name)) }
      : await allowed(source.inputs, roots);
  const all = await keys.list();
  const infos = request.keyIds.map((keyId) => {
    const info = all.find((one) => one.keyId === keyId);
    if (info === undefined) throw keyGone(keyId);
    return info;
  });
  return planInputs(infos, from, { reading, plan: settings, signal });
}

async function allowed(inputs: readonly string[], roots: ScanRoots): Promise<ScanSource> {
  for (const input of inputs) if (!(await roots.allows(input))) throw notAllowed(input);
  return { inputs, choose: (found) => withinRoots(found, roots) };
}

/**
 * Leaves out what links lead to that may not be read, and notes the links.
 *
 * @throws {CorpusError} `unreadable` if nothing is left.
 */
async function withinRoots(found: Inputs, roots: ScanRoots): Promise<Inputs> {
  const locations: string[] = [];
  const exits = new Set<string>();
  for (const location of found.locations) {
    const exit = await roots.exitOf(location);
    if (exit === undefined) locations.push(location);
    else exits.add(exit);
  }
  const unread: UnreadInput[] = [];
  for (const one of found.unread) {
    // What is at fault is in a directory that may be read, or behind a link.
    const exit = await roots.exitOf(placeOf(one.location));
    if (exit === undefined) unread.push(one);
    else exits.add(exit);
  }
  const [first] = exits;
  if (locations.length === 0 && first !== undefined) throw notAllowed(first);
  const names: string[] = [];
  for (const name of found.unknown.names)
    if ((await roots.exitOf(placeOf(name))) === undefined) names.push(name);
  const message = NOT_ALLOWED;
  const left = [...exits].map((location): UnreadInput => ({ location, reason: 'denied', message }));
  return { ...found, locations, unread: [...unread, ...left], unknown: { ...found.unknown, names } };
}

/** The directory of a path: what is at fault there may lead nowhere itself. */
function placeOf(location: string): string {
  return isAbsolute(location) ? dirname(location) : location;
}

function notAllowed(location: string): CorpusError {
  return new CorpusError('unreadable', `${location}: ${NOT_ALLOWED}`);
}
