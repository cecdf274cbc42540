import { createLogger, prepareFirstStart, startServer } from '@countermark/server';
import { Command } from 'commander';
import { parseInteger } from '../options.ts';
import { say, writeData } from '../output.ts';
import { aboutServer } from '../server/about-server.ts';
import { runUntilStopped } from '../server/run-server.ts';
import { serverSettings } from '../server/server-settings.ts';

interface ServeOptions {
  readonly host?: string;
  readonly port?: number;
  readonly data?: string;
}

/** `countermark serve`: answers the HTTP API and the web page. */
export function serveCommand(): Command {
  return new Command('serve')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--port <n>', 'port to listen on; 0 takes a free one (default 8080)', parseInteger(0))
    .option('--data <dir>', 'directory of the embedded database and of results (default countermark-data)')
    .action(serve);
}

async function serve({ host, port, data }: ServeOptions): Promise<void> {
  await aboutServer(async () => {
    const settings = serverSettings({
      COUNTERMARK_HOST: host,
      COUNTERMARK_PORT: port?.toString(),
      COUNTERMARK_DATA: data,
    });
    const logger = createLogger(settings);
    const server = await startServer(settings, logger, async (store) => {
      const first = await prepareFirstStart(store, settings);
      if (first !== undefined) say(`first start: an API key of all scopes is in ${first.apiKeyFile}`);
    });
    // Whoever reads where it listens may tell it to stop at once.
    const stopped = runUntilStopped(server, settings, logger);
    if (server.metricsUrl !== undefined) say(`metrics on ${server.metricsUrl}/metrics`);
    await writeData(`listening on ${server.url}\n`);
    await stopped;
  });
}
