const MIB = 2 ** 20;
/** So much is worth what a job costs. */
const GROUP_BYTES = 16 * MIB;
const GROUP_SHARDS = 256;
/** A scan with fewer shards is shared one by one. */
const JOBS = 8;

/** Shards that follow each other, done as one job. */
export interface ShardGroup {
  readonly first: number;
  readonly count: number;
}

/**
 * Puts small shards together, as of a corpus of many small files: a job has a cost of its own.
 *
 * @param sizes bytes of each shard; undefined where nobody knows, which stays alone.
 */
export function groupShards(sizes: readonly (number | undefined)[]): ShardGroup[] {
  const most = Math.min(GROUP_SHARDS, Math.ceil(sizes.length / JOBS));
  const groups: ShardGroup[] = [];
  let first = 0;
  let bytes = 0;
  for (const [shard, size = GROUP_BYTES] of sizes.entries()) {
    if (shard > first && (shard - first === most || bytes + size > GROUP_BYTES)) {
      groups.push({ first, count: shard - first });
      first = shard;
      bytes = 0;
    }
    bytes += size;
  }
  if (sizes.length > 0) groups.push({ first, count: sizes.length - first });
  return groups;
}
