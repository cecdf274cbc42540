import { nameOutput } from './output.ts';
import { faultTeller, runCommand } from './run-command.ts';
import { commandVersion } from './software.ts';

const tell = faultTeller();

// A failed write is emitted as well as thrown, and only emitted if commander wrote.
process.stdout.on('error', (error) => tell(nameOutput(error)));
// Where nobody reads the faults, the exit status still tells them.
process.stderr.on('error', () => undefined);
process.on('uncaughtException', (error) => {
  tell(error);
  process.exit();
});

await runCommand(commandVersion(), process.argv.slice(2), tell);
