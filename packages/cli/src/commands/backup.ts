import { backUpToFile, COMMAND } from '@countermark/server';
import { Command } from 'commander';
import { say } from '../output.ts';
import { dataOption, inStore } from '../server/in-store.ts';
import { resultsInWords } from '../server/results-in-words.ts';

/** `countermark backup`: keeps what a server's database holds, elsewhere. */
export function backupCommand(): Command {
  return new Command('backup')
    .requiredOption('--out <file>', 'where the backup goes; mode 0600')
    .addOption(dataOption())
    .action(backup);
}

async function backup({ out, data }: { readonly out: string; readonly data?: string }): Promise<void> {
  const { notIncluded } = await inStore(data, ({ database }) => backUpToFile(database, out, COMMAND));
  say(`wrote ${out}; its vendor keys open with the master key only: keep that too, and elsewhere`);
  for (const results of resultsInWords(notIncluded))
    say(`not in it: ${results} of the data directory: copy that too`);
}
