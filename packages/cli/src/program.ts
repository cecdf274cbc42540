import { Command } from 'commander';
import { demoCommand } from './commands/demo.ts';
import { detectCommand } from './commands/detect.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { generateCommand } from './commands/generate.ts';
import { keygenCommand } from './commands/keygen.ts';
import { mergeCommand } from './commands/merge.ts';
import { ngramsCommand } from './commands/ngrams.ts';
import { paramsCommand } from './commands/params.ts';
import { planCommand } from './commands/plan.ts';
import { planTokensCommand } from './commands/plan-tokens.ts';
import { scanCommand } from './commands/scan.ts';
import { statusCommand } from './commands/status.ts';
import { traceCommand } from './commands/trace.ts';
import { ExitCode } from './exit-code.ts';
import { say } from './output.ts';

/** Builds the `countermark` command with all its subcommands. */
export function createProgram(version: string): Command {
  const program = new Command('countermark')
    .description("Mark a language model's output and detect the mark, with exact p-values.")
    .version(version)
    .addHelpText(
      'after',
      '\nExit status: 0 ran; 1 detected and 3 inconclusive, only with --fail-on; 2 usage or input; 4 parts of a scan\ndo not fit or an input has changed; 70 our fault; 74 reading or writing failed; 130 interrupted.',
    );
  for (const command of [
    keygenCommand(),
    paramsCommand(),
    generateCommand(),
    detectCommand(),
    traceCommand(),
    scanCommand(),
    planCommand(),
    mergeCommand(),
    statusCommand(),
    ngramsCommand(),
    planTokensCommand(),
    evaluateCommand(),
    demoCommand(),
  ]) {
    program.addCommand(command);
  }
  // Commander would exit by itself, with status 1 for a usage fault, and write two lines where it has a suggestion.
  for (const command of [program, ...program.commands]) {
    command.configureOutput({
      outputError: (text) =>
        say(
          `countermark: ${text
            .replace(/^error: /, '')
            .trim()
            .replaceAll('\n', ' ')}`,
        ),
    });
    command.exitOverride((error) => {
      throw Object.assign(error, { exitCode: error.exitCode === 0 ? ExitCode.ran : ExitCode.usage });
    });
  }
  return program;
}
