import { createLogger, readSettings, startWorker, unknownSettings } from '@countermark/server';
import { Command } from 'commander';
import { say, writeData } from '../output.ts';
import { aboutServer } from '../server/about-server.ts';

interface WorkerOptions {
  readonly data?: string;
}

/** `countermark worker`: works on the scans of servers that share a database. */
export function workerCommand(): Command {
  return new Command('worker')
    .description('work on the scans of servers that share a database; docs/server.md has the settings')
    .option(
      '--data <dir>',
      'directory of uploads and results that all machines share (default countermark-data)',
    )
    .action(work);
}

async function work({ data }: WorkerOptions): Promise<void> {
  await aboutServer(async () => {
    const settings = readSettings({
      ...process.env,
      ...(data === undefined ? {} : { COUNTERMARK_DATA: data }),
    });
    const unknown = unknownSettings(process.env);
    if (unknown.length > 0) say(`not a setting: ${unknown.join(', ')}`);
    const worker = await startWorker(settings, createLogger(settings));
    await writeData('waiting for scans\n');
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    });
    await worker.close();
  });
}
