import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { z } from 'zod';
import { toCommandError } from './command-error.ts';
import { ExitCode } from './exit-code.ts';
import { nameOutput, say } from './output.ts';
import { createProgram } from './program.ts';

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));

// A failed write is emitted as well as thrown, and only emitted if commander wrote.
process.stdout.on('error', (error) => fail(nameOutput(error)));
// Where nobody reads the faults, the exit status still tells them.
process.stderr.on('error', () => undefined);
process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});

let failed = false;

try {
  const program = await createProgram(version, process.argv[2]);
  await program.parseAsync(process.argv);
} catch (error) {
  // Commander has already told the user, on standard error.
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else fail(error);
}

function fail(error: unknown): void {
  if (failed) return;
  failed = true;
  const { message, exitCode, details } = toCommandError(error);
  if (exitCode !== ExitCode.interrupted) {
    say(`countermark: ${message}`);
    for (const detail of details) say(`  ${detail}`);
  }
  process.exitCode = exitCode;
}
