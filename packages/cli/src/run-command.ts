import { CommanderError } from 'commander';
import { toCommandError } from './command-error.ts';
import { ExitCode } from './exit-code.ts';
import { say } from './output.ts';
import { createProgram } from './program.ts';

/** Tells a fault on standard error and sets the process's exit status. */
export type TellFault = (error: unknown) => void;

/** Makes what tells the first fault of a run, and no other: a failed write is emitted as well as thrown. */
export function faultTeller(): TellFault {
  let hasFailed = false;
  return (error) => {
    if (hasFailed) return;
    hasFailed = true;
    const { message, exitCode, details } = toCommandError(error);
    if (exitCode !== ExitCode.interrupted) {
      say(`countermark: ${message}`);
      for (const detail of details) say(`  ${detail}`);
    }
    process.exitCode = exitCode;
  };
}

/**
 * Runs the command to its end; what fails is told.
 *
 * @param args of the command, without those of Node.
 */
export async function runCommand(version: string, args: readonly string[], tell: TellFault): Promise<void> {
  try {
    const program = await createProgram(version, args);
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    // Commander has already told the user, on standard error.
    if (error instanceof CommanderError) process.exitCode = error.exitCode;
    else tell(error);
  }
}
