import { MIN_PASSPHRASE, parseMasterKey, type SealSecret } from '@countermark/server';
import type { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { readSecret } from '../read-secret.ts';
import { aboutServer } from './about-server.ts';

/** Which file holds what keys are sealed under. */
export interface SealOptions {
  readonly passphraseFile?: string;
  readonly sealKeyFile?: string;
}

/** Adds the options that name what keys are sealed under, by a file: arguments of a process are seen by others. */
export function addSealOptions(command: Command): Command {
  return command
    .option(
      '--passphrase-file <file>',
      `a file whose first line is the passphrase, of at least ${MIN_PASSPHRASE} characters; - for standard input`,
    )
    .option('--seal-key-file <file>', 'a file with 32 random bytes in base64url, instead of a passphrase');
}

/**
 * Reads what keys are sealed under.
 *
 * @throws {CommandError} unless just one file is named, which only its owner and group may read.
 */
export async function readSealSecret({ passphraseFile, sealKeyFile }: SealOptions): Promise<SealSecret> {
  if (passphraseFile !== undefined && sealKeyFile === undefined) {
    const [passphrase = ''] = (await readSecret(passphraseFile)).split(/\r?\n/, 1);
    if (passphrase.length >= MIN_PASSPHRASE) return { passphrase };
    throw new CommandError(`${passphraseFile}: a passphrase has at least ${MIN_PASSPHRASE} characters`);
  }
  if (sealKeyFile !== undefined && passphraseFile === undefined) {
    const text = await readSecret(sealKeyFile);
    return { sealKey: await aboutServer(async () => parseMasterKey(text, sealKeyFile)) };
  }
  throw new CommandError('give either --passphrase-file or --seal-key-file');
}
