import { restoreBackup } from '@countermark/server';
import { Command } from 'commander';
import { say } from '../output.ts';
import { dataOption, withSettings } from '../server/in-store.ts';
import { resultsInWords } from '../server/results-in-words.ts';

/** `countermark restore`: fills an empty store from a backup. */
export function restoreCommand(): Command {
  return new Command('restore').argument('<file>', 'a backup').addOption(dataOption()).action(restore);
}

async function restore(file: string, { data }: { readonly data?: string }): Promise<void> {
  const { made, notIncluded } = await withSettings(data, (settings, logger) =>
    restoreBackup(settings, logger, file),
  );
  say(`restored what the server had at ${made}`);
  for (const results of resultsInWords(notIncluded ?? { scanResults: 0 }))
    say(`not in the backup: ${results} of its data directory: put a copy of that into this one`);
}
