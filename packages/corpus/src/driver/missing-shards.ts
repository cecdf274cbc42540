import type { PartStore } from '../parts/part-store.ts';
import { outcomeOf, type ScanOutcome } from '../scan/scan-work.ts';

/** Parts that are looked at at a time: stores are waited for, and not this machine. */
const AT_ONCE = 8;

/**
 * Finds which shards are still to be scanned: those without a whole part. Damaged parts are removed, to be made again.
 *
 * @param onDone told each shard that has its part, one after another and waited for; such parts are read whole.
 * @param signal ends it with its reason, between two parts.
 * @returns them in the order in which they were given.
 * @throws {CorpusError} `parts-unfit` if a part belongs to another scan or shard: of several, the first in that order.
 */
export async function missingShards(
  store: PartStore,
  shards: readonly number[],
  {
    onDone,
    signal,
  }: { readonly onDone?: (outcome: ScanOutcome) => Promise<void>; readonly signal?: AbortSignal } = {},
): Promise<number[]> {
  const queue = await store.present(shards);
  // Taking from the front of a long list would move all the rest.
  let next = 0;
  const done = new Set<number>();
  const failures = new Map<number, unknown>();
  const look = async (shard: number): Promise<boolean> => {
    if (onDone === undefined) return store.has(shard);
    const part = await store.readWhole(shard);
    if (part !== undefined) await onDone(outcomeOf(part));
    return part !== undefined;
  };
  const lane = async (): Promise<void> => {
    for (let shard = queue[next++]; shard !== undefined && failures.size === 0; shard = queue[next++]) {
      try {
        signal?.throwIfAborted();
        if (await look(shard)) done.add(shard);
      } catch (error) {
        failures.set(shards.indexOf(shard), error);
      }
    }
  };
  await Promise.all(Array.from({ length: onDone === undefined ? AT_ONCE : 1 }, lane));
  signal?.throwIfAborted();
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
  return shards.filter((shard) => !done.has(shard));
}
