import { join } from 'node:path';
import {
  COMMAND,
  exportKeys,
  importKeys,
  importSealedKeys,
  type SealedKeys,
  SealedKeysSchema,
  sealKeys,
  unsealKeys,
} from '@countermark/server';
import { formatKeyFile } from '@countermark/watermark';
import { Command, Option } from 'commander';
import { CommandError } from '../command-error.ts';
import { readKey } from '../keys.ts';
import { collect, formatOption } from '../options.ts';
import { say, writeData, writeJson } from '../output.ts';
import { readText } from '../read-input.ts';
import { aboutServer } from '../server/about-server.ts';
import { dataOption, inStore } from '../server/in-store.ts';
import { addSealOptions, readSealSecret, type SealOptions } from '../server/seal-secret.ts';
import { writeFileWhole } from '../write-file.ts';

const SEALED_TYPE = 'countermark-sealed-keys';

/** `countermark keys`: takes vendor keys to a server's store and from it, and seals key files for the way. */
export function keysCommand(): Command {
  const command = new Command('keys');
  command
    .command('list')
    .description("list the vendor keys of a server's store")
    .addOption(dataOption())
    .addOption(formatOption(['text', 'json']))
    .action(list);
  addSealOptions(
    command
      .command('export')
      .description("export vendor keys of a server's store, sealed")
      .requiredOption('--key <id>', 'a key; may be given several times', collect)
      .requiredOption('--out <file>', 'where the sealed file goes; mode 0600'),
  )
    .option('--force', 'replace the file if it is there')
    .addOption(dataOption())
    .action(exportTo);
  addSealOptions(
    command
      .command('import')
      .description("import vendor keys into a server's store, all of them or none")
      .argument('<file>', 'a sealed file, or a key file'),
  )
    .option('--label <label>', 'what the keys are for; needed for a key file, which does not say')
    .option(
      '--tenant <name>',
      "whose they are; those of a key file are every tenant's (default as they come)",
    )
    .option('--public', 'let anybody test texts for them')
    .addOption(
      new Option('--status <status>', 'retired keys are only tested for (default as they come)').choices([
        'active',
        'retired',
      ]),
    )
    .addOption(dataOption())
    .action(importFrom);
  addSealOptions(
    command
      .command('seal')
      .description('seal key files, to be imported elsewhere')
      .argument('<file...>', 'key files')
      .requiredOption('--label <label>', 'what the keys are for')
      .requiredOption('--out <file>', 'where the sealed file goes; mode 0600'),
  )
    .option('--force', 'replace the file if it is there')
    .action(sealFiles);
  addSealOptions(
    command
      .command('unseal')
      .description('write the key files that a sealed file holds, for the library and for engines')
      .argument('<file>', 'a sealed file')
      .requiredOption('--out <dir>', 'directory of the key files, each named by its key id; mode 0600'),
  ).action(unsealTo);
  return command;
}

async function list({
  data,
  format,
}: {
  readonly data?: string;
  readonly format: 'text' | 'json';
}): Promise<void> {
  const keys = await inStore(data, (store) => store.keys.list());
  if (format === 'json') {
    await writeJson({ object: 'list', data: keys });
    return;
  }
  for (const { keyId, label, status, tenant, ...key } of keys) {
    const notes = [status, key.public ? 'public' : '', key.archived === null ? '' : 'archived', tenant ?? ''];
    await writeData(`${keyId}  ${label}  ${notes.filter((note) => note !== '').join('  ')}\n`);
  }
}

interface ExportOptions extends SealOptions {
  readonly key: readonly string[];
  readonly out: string;
  readonly force?: boolean;
  readonly data?: string;
}

async function exportTo({ key, out, force = false, data, ...seal }: ExportOptions): Promise<void> {
  const secret = await readSealSecret(seal);
  const file = await inStore(data, (store) => exportKeys(store, key, secret, COMMAND));
  await writeSealed(file, out, force);
}

interface ImportOptions extends SealOptions {
  readonly label?: string;
  readonly tenant?: string;
  readonly public?: boolean;
  readonly status?: 'active' | 'retired';
  readonly data?: string;
}

async function importFrom(path: string, options: ImportOptions): Promise<void> {
  const { label, tenant, status, data } = options;
  if (label !== undefined && !/^[a-z0-9][a-z0-9._-]{0,63}$/.test(label)) throw badLabel();
  const choice = { label, tenant, public: options.public, status };
  const text = await readText(path);
  if (text.includes(SEALED_TYPE)) {
    const file = parseSealed(text, path);
    const secret = await readSealSecret(options);
    sayImported(await inStore(data, (store) => importSealedKeys(store, file, secret, choice, COMMAND)));
    return;
  }
  if (label === undefined)
    throw new CommandError('--label is needed: a key file does not say what its key is for');
  const key = await readKey(path);
  const known = {
    label,
    tenant: null,
    public: false,
    status: 'active',
    validFrom: null,
    validUntil: null,
  } as const;
  sayImported(await inStore(data, (store) => importKeys(store, [{ key, ...known }], choice, COMMAND)));
}

function sayImported({
  imported,
  existing,
}: {
  readonly imported: readonly string[];
  readonly existing: readonly string[];
}): void {
  for (const keyId of imported) say(`imported ${keyId}`);
  for (const keyId of existing) say(`${keyId} is there already, and was left as it is`);
}

interface SealFilesOptions extends SealOptions {
  readonly label: string;
  readonly out: string;
  readonly force?: boolean;
}

async function sealFiles(paths: readonly string[], options: SealFilesOptions): Promise<void> {
  const { label, out, force = false } = options;
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(label)) throw badLabel();
  const secret = await readSealSecret(options);
  const keys = await Promise.all(paths.map(readKey));
  // One key of a label marks: the first that is given.
  const known = { label, tenant: null, public: false, validFrom: null, validUntil: null };
  const travelling = keys.map(
    (key, i) => ({ key, ...known, status: i === 0 ? 'active' : 'retired' }) as const,
  );
  await writeSealed(await sealKeys(travelling, secret), out, force);
}

async function unsealTo(path: string, options: SealOptions & { readonly out: string }): Promise<void> {
  const file = parseSealed(await readText(path), path);
  const secret = await readSealSecret(options);
  const keys = await aboutServer(() => unsealKeys(file, secret));
  for (const { key } of keys) {
    const out = join(options.out, `${key.keyId}.json`);
    await writeFileWhole(out, formatKeyFile(key), { mode: 0o600 });
    say(`wrote ${out}; keep it secret`);
  }
}

async function writeSealed(file: SealedKeys, out: string, force: boolean): Promise<void> {
  await writeFileWhole(out, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600, force });
  say(`wrote ${out}: ${file.keyIds.length} keys, sealed`);
}

function parseSealed(text: string, path: string): SealedKeys {
  try {
    return SealedKeysSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CommandError(`${path}: not a file of sealed keys of this release`, undefined, { cause });
  }
}

function badLabel(): CommandError {
  return new CommandError('--label: must be 1 to 64 of a-z, 0-9, ".", "_" and "-"');
}
