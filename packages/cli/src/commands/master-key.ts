import { rotateMasterKey } from '@countermark/server';
import { Command } from 'commander';
import { say } from '../output.ts';
import { dataOption, withSettings } from '../server/in-store.ts';

/** `countermark master-key`: replaces what vendor keys are sealed under. */
export function masterKeyCommand(): Command {
  const command = new Command('master-key');
  command
    .command('rotate')
    .description('seal all vendor keys under a new master key; no server may run meanwhile')
    .option(
      '--new-key-file <file>',
      'where the new master key is, or is made, if the settings name the old one (default the place of the old one)',
    )
    .addOption(dataOption())
    .action(rotate);
  return command;
}

async function rotate(options: { readonly newKeyFile?: string; readonly data?: string }): Promise<void> {
  const done = await withSettings(options.data, (settings, logger) =>
    rotateMasterKey(settings, logger, options.newKeyFile),
  );
  say(`${done.keys} vendor keys are sealed under the new master key, in ${done.file}`);
  if (done.oldFile !== undefined) {
    say(`the old one is kept in ${done.oldFile}: backups made before need it; delete it with them`);
  } else
    say('give it to all servers and workers before they start again; backups made before need the old one');
  for (const keyId of done.unopened) {
    say(`key ${keyId} did not open under the old master key either, and was left as it is`);
  }
}
