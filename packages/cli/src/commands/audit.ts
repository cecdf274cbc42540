import { type EndpointAuditResult, formatAuditPlan, type ModelAuditResult } from '@countermark/audit';
import { htmlAuditReport } from '@countermark/audit/report';
import { Argument, Command } from 'commander';
import { auditSuspect, readTerms } from '../audit/audit-endpoint.ts';
import { auditFiles } from '../audit/audit-files.ts';
import { type AuditOptions, addAuditOptions, addResultOptions } from '../audit/audit-options.ts';
import { keyFileOf, termsOf } from '../audit/audit-terms.ts';
import { addEndpointOptions, type EndpointOptions, neededOptions } from '../audit/endpoint-options.ts';
import { closeInputs, openInputs, type StableInput } from '../audit/stable-input.ts';
import { CommandError } from '../command-error.ts';
import { commandLine, withoutSecrets } from '../command-line.ts';
import { openServed } from '../contexts/served-option.ts';
import { describeAudit } from '../describe-audit.ts';
import { readKey } from '../keys.ts';
import { writeData, writeJson } from '../output.ts';
import { closeTokenizers, openTokenizersOf, tokenizerNamesOf } from '../tokenizers.ts';
import { writeFileWhole } from '../write-file.ts';

type Options = AuditOptions & EndpointOptions;

/** `countermark audit`: tests whether a model was trained on text with a key's mark. */
export function auditCommand(): Command {
  const command = new Command('audit')
    .usage('[options] [command] [file...]')
    .addArgument(
      new Argument('[file...]', 'records in JSON Lines: answers of the model, or texts that it read'),
    )
    .action(audit);
  addEndpointOptions(addResultOptions(addAuditOptions(command)));
  return command.addCommand(planCommand());
}

/** `countermark audit plan`: takes the options of `audit`, whichever side of its name they are on. */
function planCommand(): Command {
  return new Command('plan')
    .description('write what the options of an audit fix beforehand, with its digest; asks nobody')
    .option('--out <file>', 'where the plan goes (default standard output)')
    .action((_, command: Command) => plan(command.optsWithGlobals()));
}

async function audit(paths: readonly string[], options: Options): Promise<void> {
  const needed = neededOptions(options);
  if (needed === undefined) {
    if (paths.length === 0) throw new CommandError("missing required argument 'file'");
    await withInputs(options, paths, [], async (opened, files) =>
      print(await auditFiles(opened, files, options), options.format),
    );
    return;
  }
  if (paths.length > 0) throw new CommandError('--endpoint is audited without files: give either');
  await withInputs(options, [needed.prompts], [needed.prompts], async (opened, [prompts]) => {
    const result = await auditSuspect({ ...opened, ...asked(opened, prompts) }, needed, options);
    await print(result, options.format);
  });
}

async function plan(options: Options & { readonly out?: string }): Promise<void> {
  const needed = neededOptions(options);
  const prompts = needed === undefined ? [] : [needed.prompts];
  await withInputs(options, prompts, prompts, async (opened, [file]) => {
    const terms =
      needed === undefined
        ? termsOf(opened.key, options, opened)
        : (await readTerms({ ...opened, ...asked(opened, file) }, needed, options)).terms;
    if (options.out === undefined) await writeData(formatAuditPlan(terms));
    else await writeFileWhole(options.out, formatAuditPlan(terms));
  });
}

type Opened = Parameters<typeof auditFiles>[0];

/** Opens what is read, and closes it afterwards. */
async function withInputs(
  options: Options,
  paths: readonly string[],
  asked: readonly string[],
  work: (opened: Opened, files: readonly StableInput[]) => Promise<void>,
): Promise<void> {
  const key = await readKey(keyFileOf(options));
  const named = options.tokenizer === undefined ? [] : [options.tokenizer];
  // Records of token ids need none; whoever has texts is told then. An endpoint has texts.
  const isNeeded = asked.length > 0 || tokenizerNamesOf([key], named).length > 0;
  const tokenizers = isNeeded ? await openTokenizersOf([key], named) : [];
  const tokenizer = tokenizers.find(({ fingerprint }) => fingerprint === key.params.tokenizer.fingerprint);
  const opened: StableInput[] = [];
  try {
    const files = await openInputs(paths);
    opened.push(...files);
    const served = await openServed(options, key);
    const excluded = await openInputs(options.exclude ?? []);
    opened.push(...excluded);
    await work({ key, tokenizer, excluded, served }, files);
  } finally {
    await closeInputs(opened);
    closeTokenizers(tokenizers);
  }
}

function asked(
  { tokenizer }: Opened,
  prompts: StableInput | undefined,
): { readonly tokenizer: NonNullable<Opened['tokenizer']>; readonly prompts: StableInput } {
  if (tokenizer === undefined || prompts === undefined)
    throw new TypeError('"tokenizer" expected the key\'s, and prompts');
  return { tokenizer, prompts };
}

async function print(
  result: ModelAuditResult | EndpointAuditResult,
  format: AuditOptions['format'],
): Promise<void> {
  if (format === 'json') await writeJson(result);
  else if (format === 'html')
    await writeData(
      htmlAuditReport(result, {
        command: commandLine(process.argv.slice(2).map((word) => withoutSecrets(word))),
      }),
    );
  else await writeData(`${describeAudit(result)}\n`);
}
