import { type ContextSet, ContextSetError, mergeContextSets } from '@countermark/audit';
import { writeFileWhole } from '../write-file.ts';
import { unfitSet } from './open-set.ts';

/**
 * Writes the union of sets, whole or not at all.
 *
 * @throws {CommandError} if they do not go together, or the file is there and `force` is not set.
 */
export async function writeMergedSet(
  path: string,
  sets: readonly ContextSet[],
  force: boolean,
): Promise<void> {
  try {
    await writeFileWhole(path, mergeContextSets(sets), { force });
  } catch (error) {
    throw error instanceof ContextSetError ? unfitSet(error) : error;
  }
}
