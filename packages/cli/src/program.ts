import { Command } from 'commander';
import { ExitCode } from './exit-code.ts';
import { say } from './output.ts';

// In the order of the help.
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  keygen: async () => (await import('./commands/keygen.ts')).keygenCommand(),
  params: async () => (await import('./commands/params.ts')).paramsCommand(),
  generate: async () => (await import('./commands/generate.ts')).generateCommand(),
  detect: async () => (await import('./commands/detect.ts')).detectCommand(),
  check: async () => (await import('./commands/check.ts')).checkCommand(),
  trace: async () => (await import('./commands/trace.ts')).traceCommand(),
  scan: async () => (await import('./commands/scan.ts')).scanCommand(),
  plan: async () => (await import('./commands/plan.ts')).planCommand(),
  merge: async () => (await import('./commands/merge.ts')).mergeCommand(),
  status: async () => (await import('./commands/status.ts')).statusCommand(),
  ngrams: async () => (await import('./commands/ngrams.ts')).ngramsCommand(),
  'plan-tokens': async () => (await import('./commands/plan-tokens.ts')).planTokensCommand(),
  evaluate: async () => (await import('./commands/evaluate.ts')).evaluateCommand(),
  serve: async () => (await import('./commands/serve.ts')).serveCommand(),
  worker: async () => (await import('./commands/worker.ts')).workerCommand(),
  'api-keys': async () => (await import('./commands/api-keys.ts')).apiKeysCommand(),
  demo: async () => (await import('./commands/demo.ts')).demoCommand(),
};

/**
 * Builds the `countermark` command with the subcommand that is called, or with all where help is wanted: what the others
 * need takes longer to load than many a command to run.
 *
 * @param called the first argument, if there is one.
 */
export async function createProgram(version: string, called: string | undefined): Promise<Command> {
  const program = new Command('countermark')
    .description("Mark a language model's output and detect the mark, with exact p-values.")
    .version(version)
    .addHelpText(
      'after',
      '\nExit status: 0 ran; 1 detected and 3 inconclusive, only with --fail-on; 1 a check failed; 2 usage or input;\n4 parts of a scan do not fit or an input has changed; 70 our fault; 74 reading or writing failed; 130 interrupted.',
    );
  const chosen = Object.entries(COMMANDS).filter(([name]) => name === called);
  for (const [, load] of chosen.length > 0 ? chosen : Object.entries(COMMANDS)) {
    program.addCommand(await load());
  }
  // Commander would exit by itself, with status 1 for a usage fault, and write two lines where it has a suggestion.
  for (const command of withSubcommands(program)) {
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

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
