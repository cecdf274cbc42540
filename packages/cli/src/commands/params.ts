import { Command } from 'commander';
import { readKey } from '../keys.ts';
import { formatOption } from '../options.ts';
import { writeData, writeJson } from '../output.ts';

/** `countermark params`: shows the public part of a key. */
export function paramsCommand(): Command {
  return new Command('params')
    .description('show the public part of a key, safe to publish')
    .requiredOption('--key <file>', 'the key file')
    .addOption(formatOption(['text', 'json']))
    .action(async ({ key, format }: { key: string; format: 'text' | 'json' }) => {
      const publicPart = (await readKey(key)).toJSON();
      if (format === 'json') await writeJson(publicPart);
      else await writeData(`${JSON.stringify(publicPart, null, 2)}\n`);
    });
}
