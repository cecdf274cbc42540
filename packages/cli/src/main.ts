import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { nameOutput } from './output.ts';
import { faultTeller, runCommand } from './run-command.ts';

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));

const tell = faultTeller();

// A failed write is emitted as well as thrown, and only emitted if commander wrote.
process.stdout.on('error', (error) => tell(nameOutput(error)));
// Where nobody reads the faults, the exit status still tells them.
process.stderr.on('error', () => undefined);
process.on('uncaughtException', (error) => {
  tell(error);
  process.exit();
});

await runCommand(version, process.argv.slice(2), tell);
