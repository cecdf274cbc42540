import { type Logger, pino } from 'pino';
import type { Settings } from '../config.ts';

/** Makes the server's log: JSON lines on standard error. What could hold a secret is removed, wherever it is. */
export function createLogger(settings: Settings): Logger {
  return pino(
    {
      level: settings.COUNTERMARK_LOG_LEVEL,
      redact: {
        paths: [
          'authorization',
          '*.authorization',
          'token',
          '*.token',
          'secret',
          '*.secret',
          'text',
          '*.text',
        ],
        remove: true,
      },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}
