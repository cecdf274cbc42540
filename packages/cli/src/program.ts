import { Command } from 'commander';
import { ExitCode } from './exit-code.ts';
import { say } from './output.ts';

/** A subcommand: what the list of commands says of it, and where it is. */
interface Subcommand {
  readonly about: string;
  /** What may follow its name. */
  readonly usage: string;
  readonly load: () => Promise<Command>;
}

// In the order of the help.
const COMMANDS: Readonly<Record<string, Subcommand>> = {
  keygen: {
    about: 'make a secret key with its public parameters',
    usage: '[options]',
    load: async () => (await import('./commands/keygen.ts')).keygenCommand(),
  },
  params: {
    about: "show the public part of a key, safe to publish, or read another watermark's configuration",
    usage: '[options]',
    load: async () => (await import('./commands/params.ts')).paramsCommand(),
  },
  generate: {
    about: 'let a model answer a prompt, marked with a key',
    usage: '[options]',
    load: async () => (await import('./commands/generate.ts')).generateCommand(),
  },
  detect: {
    about: 'test documents for the mark of one or more keys',
    usage: '[options] <file...>',
    load: async () => (await import('./commands/detect.ts')).detectCommand(),
  },
  check: {
    about: 'check a result without the key: recompute all that needs none, and say what remains',
    usage: '[options] [result] [document]',
    load: async () => (await import('./commands/check.ts')).checkCommand(),
  },
  trace: {
    about: 'name the accounts whose marked answers are in texts',
    usage: '[options] <file...>',
    load: async () => (await import('./commands/trace.ts')).traceCommand(),
  },
  audit: {
    about: 'test whether a model was trained on text with the mark, by its answers or by what it predicts',
    usage: '[options] [command] [file...]',
    load: async () => (await import('./commands/audit.ts')).auditCommand(),
  },
  contexts: {
    about: 'collect the contexts that were served, from logs or a corpus, for audit --served',
    usage: '',
    load: async () => (await import('./commands/contexts.ts')).contextsCommand(),
  },
  scan: {
    about: 'test a training corpus for marks: interrupt it, run it again, and it goes on',
    usage: '[options] [path...]',
    load: async () => (await import('./commands/scan.ts')).scanCommand(),
  },
  plan: {
    about: 'freeze what a scan of a corpus consists of, for tasks on many machines',
    usage: '[options] [path...]',
    load: async () => (await import('./commands/plan.ts')).planCommand(),
  },
  merge: {
    about: 'unite the parts of a scan into its result; refuses parts that are missing or do not fit',
    usage: '[options]',
    load: async () => (await import('./commands/merge.ts')).mergeCommand(),
  },
  filter: {
    about: 'write a scanned corpus without its detected documents, or only these',
    usage: '[options]',
    load: async () => (await import('./commands/filter.ts')).filterCommand(),
  },
  status: {
    about: 'say which parts of a scan are there and which are missing',
    usage: '[options]',
    load: async () => (await import('./commands/status.ts')).statusCommand(),
  },
  ngrams: {
    about: 'count token n-grams of unmarked texts, for --proxy',
    usage: '[options] <file...>',
    load: async () => (await import('./commands/ngrams.ts')).ngramsCommand(),
  },
  'plan-tokens': {
    about: 'say how many tokens a detection takes',
    usage: '[options]',
    load: async () => (await import('./commands/plan-tokens.ts')).planTokensCommand(),
  },
  evaluate: {
    about:
      "measure what edits and attacks leave of the mark in a model's answers, their quality, and how alike they are",
    usage: '[options]',
    load: async () => (await import('./commands/evaluate.ts')).evaluateCommand(),
  },
  serve: {
    about: 'answer the HTTP API and the web page; docs/server.md has the settings',
    usage: '[options]',
    load: async () => (await import('./commands/serve.ts')).serveCommand(),
  },
  worker: {
    about: 'work on the scans of servers that share a database; docs/server.md has the settings',
    usage: '[options]',
    load: async () => (await import('./commands/worker.ts')).workerCommand(),
  },
  'api-keys': {
    about:
      "make, list and revoke API keys in a server's store, which no server may have open if it is embedded",
    usage: '',
    load: async () => (await import('./commands/api-keys.ts')).apiKeysCommand(),
  },
  keys: {
    about: "take vendor keys to a server's store and from it, and seal key files for the way",
    usage: '',
    load: async () => (await import('./commands/keys.ts')).keysCommand(),
  },
  'audit-log': {
    about: "read the audit log of a server's store: what was done to keys, and by whom",
    usage: '[options]',
    load: async () => (await import('./commands/audit-log.ts')).auditLogCommand(),
  },
  backup: {
    about: "write what a server's database holds to a file, while servers of a shared database run",
    usage: '[options]',
    load: async () => (await import('./commands/backup.ts')).backupCommand(),
  },
  restore: {
    about: "fill a server's empty store from a backup",
    usage: '[options] <file>',
    load: async () => (await import('./commands/restore.ts')).restoreCommand(),
  },
  'master-key': {
    about: "replace the master key that a server's vendor keys are sealed under",
    usage: '',
    load: async () => (await import('./commands/master-key.ts')).masterKeyCommand(),
  },
  demo: {
    about: "mark the bundled model's answer, detect it, and leave a report",
    usage: '[options]',
    load: async () => (await import('./commands/demo.ts')).demoCommand(),
  },
};

/**
 * Builds the `countermark` command, of whose subcommands only the one that is called is loaded: what the others need takes longer
 * to load than many a command to run.
 *
 * @param args of the command, without those of Node.
 */
export async function createProgram(version: string, args: readonly string[]): Promise<Command> {
  const program = new Command('countermark')
    .description("Mark a language model's output and detect the mark, with exact p-values.")
    .version(version)
    .addHelpText(
      'after',
      '\nExit status: 0 ran; 1 detected and 3 inconclusive, only with --fail-on; 1 a check failed; 2 usage or input;\n4 parts of a scan do not fit or an input has changed; 70 our fault; 74 reading or writing failed; 130 interrupted.',
    );
  const called = args.find((argument) => Object.hasOwn(COMMANDS, argument));
  for (const [name, { about, load }] of Object.entries(COMMANDS)) {
    program.addCommand((name === called ? await load() : new Command(name)).description(about));
  }
  program.configureHelp({
    // Of a command that is not loaded, the arguments are not known to it.
    subcommandTerm: (command) =>
      [command.name(), COMMANDS[command.name()]?.usage ?? '[command]'].join(' ').trimEnd(),
  });
  // Commander would exit by itself, with status 1 for a usage fault, and write two lines where it has a suggestion.
  for (const command of withSubcommands(program)) {
    command.configureOutput({
      outputError: (text) => {
        const fault = text
          .replace(/^error: /, '')
          .trim()
          .replaceAll('\n', ' ');
        // What is said of a wrong value says what is right.
        const help = / is invalid\. /.test(fault)
          ? ''
          : `; "${commandPath(command)} --help" ${command === program ? 'lists the commands' : 'says what it takes'}`;
        say(`countermark: ${help === '' ? fault : fault.replace(/\.$/, '') + help}`);
      },
    });
    command.exitOverride((error) => {
      throw Object.assign(error, { exitCode: error.exitCode === 0 ? ExitCode.ran : ExitCode.usage });
    });
  }
  return program;
}

function commandPath(command: Command): string {
  return command.parent === null ? command.name() : `${commandPath(command.parent)} ${command.name()}`;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
