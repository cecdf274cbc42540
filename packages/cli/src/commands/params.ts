import type { ForeignKey } from '@countermark/watermark/interop';
import { Command } from 'commander';
import { importConfig, readMarkKey } from '../foreign-keys.ts';
import { formatOption, parseInteger } from '../options.ts';
import { say, writeData, writeJson } from '../output.ts';
import { writeFileWhole } from '../write-file.ts';

type Format = 'text' | 'json';

interface ImportCommandOptions {
  readonly profile?: string;
  readonly tokenizer?: string;
  readonly vocabSize?: number;
  readonly out?: string;
  readonly force?: boolean;
  readonly format: Format;
}

/** `countermark params`: shows the public part of a key, and reads the configurations of other watermarks. */
export function paramsCommand(): Command {
  const command = new Command('params')
    // Not a required option: commander would ask `import` for it as well.
    .option('--key <file>', 'the key file')
    .addOption(formatOption(['text', 'json']))
    .action(show);
  command
    .command('import')
    .description('say whose watermark a configuration is for, and make a key file of it')
    .argument('<file>', 'the configuration, JSON; - is standard input')
    .option('--profile <name>', 'which watermark, where its fields do not say')
    .option('--tokenizer <name>', 'its tokenizer, as for keygen; without it only token ids can be tested')
    .option('--vocab-size <n>', "logits of the model (default the tokenizer's vocabulary)", parseInteger(2))
    .option('--out <file>', 'where the key file goes; only you may read it (mode 0600)')
    .option('--force', 'replace the file if it is there')
    .addOption(formatOption(['text', 'json']))
    .action(importFile);
  return command;
}

async function show(
  { key: path, format }: { key?: string; format: Format },
  command: Command,
): Promise<void> {
  if (path === undefined) command.error("error: required option '--key <file>' not specified");
  const key = await readMarkKey(path);
  const publicPart = key.toJSON();
  const { commitment } = key;
  if (format === 'json') {
    await writeJson(commitment === undefined ? publicPart : { ...publicPart, commitment });
    return;
  }
  // Standard output is the file that the specification describes, which has no such field.
  await writeData(`${JSON.stringify(publicPart, null, 2)}\n`);
  if (commitment !== undefined) say(`commitment ${commitment}`);
}

async function importFile(file: string, options: ImportCommandOptions, command: Command): Promise<void> {
  const { out, force = false } = options;
  // The parent has an option of the same name, and takes it first.
  const { format } = command.optsWithGlobals<{ format: Format }>();
  const key = await importConfig(file, options);
  if (out !== undefined) {
    const { formatForeignKeyFile } = await import('@countermark/watermark/interop');
    await writeFileWhole(out, formatForeignKeyFile(key), { mode: 0o600, force });
    say(`wrote ${out}; keep it secret`);
  }
  if (format === 'json') await writeJson({ object: 'interop-key', ...key.toJSON() });
  else await writeData(describe(key));
  if (out === undefined) say('these are its parameters; no key file was written: --out FILE writes one');
}

function describe({ profile, params, keyId, fingerprint }: ForeignKey): string {
  const facts: [string, string][] = [
    ['profile', profile.name],
    ['written by', profile.writtenBy],
    ['tokenizer', params.tokenizer.name === 'none' ? 'none: token ids only' : params.tokenizer.name],
    ['vocabulary', String(params.vocabSize)],
    ...Object.entries(params.settings).map(([name, value]): [string, string] => [
      name,
      JSON.stringify(value),
    ]),
    ['secret', profile.secretFields.join(', ')],
    ['key id', keyId],
    ['fingerprint', fingerprint],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}
