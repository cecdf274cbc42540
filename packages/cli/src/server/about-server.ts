import { ServerError } from '@countermark/server';
import { CommandError } from '../command-error.ts';

/** Runs work of a server, whose refusals are the user's to mend. */
export async function aboutServer<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ServerError) {
      throw new CommandError(error.message, undefined, { cause: error });
    }
    throw error;
  }
}
