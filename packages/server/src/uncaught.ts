import type { Logger } from 'pino';
import { withoutData } from './http/without-data.ts';

/**
 * Waits for an error that nobody caught, also of a promise, and logs it: nobody knows what it left undone, so the process is to end.
 * Until it does, errors that follow are logged too. Takes the place of whoever else listens to such errors.
 */
export function untilUncaught(logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error: unknown, origin) => {
      logger.fatal({ err: withoutData(error), origin }, 'an error that nobody caught: the process stops');
      resolve();
    });
  });
}
