import { open } from 'node:fs/promises';
import { basename } from 'node:path';

/** Files that libraries leave beside a data set, by name, and what shows that a file of the name is one of theirs. */
const DESCRIBING: ReadonlyMap<string, (value: Record<string, unknown>) => boolean> = new Map([
  // `save_to_disk` of the library datasets.
  ['state.json', (value) => Array.isArray(value['_data_files']) && '_fingerprint' in value],
  ['dataset_info.json', (value) => ['features', 'splits', 'builder_name'].some((name) => name in value)],
  ['dataset_dict.json', (value) => Object.keys(value).length === 1 && Array.isArray(value['splits'])],
  // MosaicML Streaming.
  ['index.json', (value) => Array.isArray(value['shards']) && typeof value['version'] === 'number'],
  // Croissant, and the cards of data sets.
  ['croissant.json', (value) => '@context' in value && 'recordSet' in value],
  ['dataset_infos.json', (value) => Object.values(value).every(isInfo)],
]);

/** No such file is larger. */
const MAX_BYTES = 16 * 2 ** 20;

/** Whether a file describes a data set and holds none of it: by its name, and by what is in it. */
export async function isDescribing(path: string): Promise<boolean> {
  const test = DESCRIBING.get(basename(path));
  if (test === undefined) return false;
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > MAX_BYTES) return false;
      const value: unknown = JSON.parse(await file.readFile('utf8'));
      return typeof value === 'object' && value !== null && !Array.isArray(value) && test({ ...value });
    } finally {
      await file.close();
    }
  } catch {
    // Then it is looked at as any other file is.
    return false;
  }
}

function isInfo(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'features' in value;
}
