import { ContextSet, ContextSetError } from '@countermark/audit';
import { CommandError } from '../command-error.ts';
import { ExitCode } from '../exit-code.ts';

/**
 * Reads the file of a set of contexts.
 *
 * @throws {CommandError} naming the file, with the status of what does not fit, if it is none or damaged.
 */
export function readContextSet(path: string): Promise<ContextSet> {
  return ContextSet.read(path).catch((error: unknown) => {
    if (error instanceof ContextSetError) throw unfitSet(error, `${path}: `);
    // The system names the file only where it could not be opened.
    if (error instanceof Error && 'syscall' in error) Object.assign(error, { path });
    throw error;
  });
}

/** Says in a command's words why sets cannot be used. */
export function unfitSet(error: ContextSetError, where = ''): CommandError {
  return new CommandError(`${where}${error.message}`, ExitCode.unfit, { cause: error });
}

/**
 * Checks that a set is of a key.
 *
 * @throws {CommandError} naming both, with the status of what does not fit.
 */
export function checkSetKey(
  path: string,
  { facts }: ContextSet,
  key: { readonly keyId: string; readonly fingerprint: string },
): void {
  if (facts.keyId === key.keyId && facts.params === key.fingerprint) return;
  const other = facts.keyId === key.keyId ? 'other parameters' : `key ${facts.keyId}`;
  throw new CommandError(`${path}: holds contexts of ${other}, not of key ${key.keyId}`, ExitCode.unfit);
}
