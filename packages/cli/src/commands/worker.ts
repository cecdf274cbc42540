import { createLogger, startWorker } from '@countermark/server';
import { Command } from 'commander';
import { writeData } from '../output.ts';
import { aboutServer } from '../server/about-server.ts';
import { runUntilStopped } from '../server/run-server.ts';
import { serverSettings } from '../server/server-settings.ts';

interface WorkerOptions {
  readonly data?: string;
}

/** `countermark worker`: works on the scans of servers that share a database. */
export function workerCommand(): Command {
  return new Command('worker')
    .option(
      '--data <dir>',
      'directory of uploads and results that all machines share (default countermark-data)',
    )
    .action(work);
}

async function work({ data }: WorkerOptions): Promise<void> {
  await aboutServer(async () => {
    const settings = serverSettings({ COUNTERMARK_DATA: data });
    const logger = createLogger(settings);
    const worker = await startWorker(settings, logger);
    const stopped = runUntilStopped(worker, settings, logger);
    await writeData('waiting for scans\n');
    await stopped;
  });
}
