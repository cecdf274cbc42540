import type { PlannedShard } from './plan-shards.ts';

/** A corpus with no more shards than this keeps every file a shard of its own, or several. */
export const GROUP_ABOVE = 256;
/** Files below this are small. */
const SMALL_BYTES = 2 ** 20;
/** A shard of small files has no more than this, and a part is then no larger than one of a few MiB of text. */
const GROUP_BYTES = 16 * 2 ** 20;
/** What opening and checking a file weighs beside reading it: so many bytes, about. */
const FILE_BYTES = 4096;

/**
 * Puts small whole files that follow each other into one shard, where there would be very many shards otherwise: each has a part and costs
 * of its own. As many shards are left as keep the cores of a machine at work and make a fine sample.
 *
 * @param shards     in the order of the files.
 * @param shardBytes how large a shard may be.
 * @param above      with no more shards than this, all stay as they are.
 * @returns shards in the same order, and of the same files.
 */
export function groupFiles(
  shards: readonly PlannedShard[],
  shardBytes: number,
  above: number,
): PlannedShard[] {
  if (shards.length <= above) return [...shards];
  const total = shards.reduce((sum, shard) => sum + (isSmall(shard) ? weightOf(shard) : 0), 0);
  const most = Math.min(shardBytes, GROUP_BYTES, Math.ceil(total / above));
  const groups: PlannedShard[] = [];
  let group: PlannedShard[] = [];
  let weight = 0;
  const close = (): void => {
    const [first] = group;
    if (first !== undefined) groups.push(group.length === 1 ? first : unite(first, group));
    group = [];
    weight = 0;
  };
  for (const shard of shards) {
    if (!isSmall(shard)) {
      close();
      groups.push(shard);
      continue;
    }
    if (weight + weightOf(shard) > most) close();
    group.push(shard);
    weight += weightOf(shard);
  }
  close();
  return groups;
}

function isSmall({ range, bytes }: PlannedShard): boolean {
  return range === undefined && bytes !== undefined && bytes < SMALL_BYTES;
}

function weightOf({ bytes = 0 }: PlannedShard): number {
  return FILE_BYTES + bytes;
}

function unite({ location, reading }: PlannedShard, files: readonly PlannedShard[]): PlannedShard {
  const bytes = files.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
  return { location, reading, bytes, files };
}
