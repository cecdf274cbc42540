import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { z } from 'zod';
import { toCommandError } from './command-error.ts';
import { ExitCode } from './exit-code.ts';
import { say } from './output.ts';
import { createProgram } from './program.ts';

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));

process.stdout.on('error', (error) => {
  fail(error);
  process.exit();
});

try {
  await createProgram(version).parseAsync(process.argv);
} catch (error) {
  // Commander has already told the user, on standard error.
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else fail(error);
}

function fail(error: unknown): void {
  const { message, exitCode } = toCommandError(error);
  if (exitCode !== ExitCode.interrupted) say(`countermark: ${message}`);
  process.exitCode = exitCode;
}
