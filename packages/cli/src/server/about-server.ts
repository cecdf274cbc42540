import {
  DirectoryLockedError,
  KeyConflictError,
  MasterKeyError,
  SchemaNewerError,
  SealError,
  SettingsError,
} from '@countermark/server';
import { CommandError } from '../command-error.ts';

const REFUSALS = [
  DirectoryLockedError,
  KeyConflictError,
  MasterKeyError,
  SchemaNewerError,
  SealError,
  SettingsError,
];

/** Runs work of a server, whose refusals are the user's to mend. */
export async function aboutServer<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && REFUSALS.some((kind) => error instanceof kind)) {
      throw new CommandError(error.message, undefined, { cause: error });
    }
    throw error;
  }
}
