import { checkControls, checkResult } from '@countermark/detector';
import { parseParams } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { describeCheck, describeControls } from '../check/describe-check.ts';
import { type PublishedParams, readParams, readResult, readResults } from '../check/read-check-files.ts';
import { about, CommandError, checkingValues } from '../command-error.ts';
import { ExitCode } from '../exit-code.ts';
import { collect, formatOption } from '../options.ts';
import { writeData, writeJson } from '../output.ts';
import { readDocuments } from '../read-documents.ts';
import { inputName } from '../read-input.ts';
import { closeTokenizers, openTokenizersOf } from '../tokenizers.ts';

interface CheckOptions {
  readonly params?: string;
  readonly commitment?: string;
  readonly tokenizer?: readonly string[];
  readonly ids?: boolean;
  readonly controls?: string;
  readonly disputed?: string;
  readonly format: 'text' | 'json';
}

/** `countermark check`: recomputes a result without the key. */
export function checkCommand(): Command {
  return new Command('check')
    .addArgument(
      new Argument('[result]', 'what "detect --format json --evidence" printed; - is standard input'),
    )
    .addArgument(new Argument('[document]', 'the text in UTF-8, or token ids with --ids'))
    .option('--params <file>', "the key's published parameters; else those in the result")
    .option('--commitment <hex>', "the key's commitment as it was published beforehand", parseCommitment)
    .option('--tokenizer <path>', "the key's tokenizer.json, if it has no name of ours", collect)
    .option('--ids', 'the document holds token ids: one JSON array, or one a line')
    .option(
      '--controls <results>',
      'in place of result and document: results of a disputed document and of controls, one a line',
    )
    .option('--disputed <name>', 'with --controls: the "input" of the disputed document')
    .addOption(formatOption(['text', 'json']))
    .action(check);
}

async function check(
  result: string | undefined,
  document: string | undefined,
  options: CheckOptions,
): Promise<void> {
  const { controls, disputed } = options;
  if (controls === undefined) {
    if (disputed !== undefined) throw new CommandError('--disputed belongs to --controls');
    if (result === undefined || document === undefined) {
      throw new CommandError('give a result and its document, or results with --controls');
    }
    await checkOne(result, document, options);
    return;
  }
  if (disputed === undefined)
    throw new CommandError('--controls needs --disputed: which document is in dispute');
  const { params, commitment, tokenizer, ids } = options;
  if ([result, params, commitment, tokenizer, ids].some((given) => given !== undefined)) {
    throw new CommandError('--controls takes results alone: no document, and nothing but --disputed');
  }
  await checkAmongControls(controls, disputed, options.format);
}

async function checkOne(path: string, documentPath: string, options: CheckOptions): Promise<void> {
  const name = inputName(path);
  const { result, evidence, finding } = await readResult(path);
  if (result.profile !== undefined) {
    throw new CommandError(
      `${name}: is of another watermark, ${result.profile}: only results of our own keys can be checked`,
    );
  }
  if (evidence === undefined) {
    throw new CommandError(
      `${name}: lists no tuples: ask for the result of "detect --format json --evidence"`,
    );
  }
  if (!result.keys.some(({ keyId }) => keyId === result.keyId)) {
    throw new CommandError(`${name}: keys: none of them is the key of the result`);
  }
  const parameters = await about(`${name}: evidence.parameters`, () => parseParams(evidence.parameters));
  const published: PublishedParams | undefined =
    options.params === undefined ? undefined : await readParams(options.params);
  const params = published?.params ?? parameters;
  const [content, ...others] = await readDocuments(documentPath, options.ids === true);
  if (content === undefined || others.length > 0) {
    throw new CommandError(`${inputName(documentPath)}: expected one document, got several`);
  }
  const tokenizers: readonly Tokenizer[] =
    options.ids === true
      ? []
      : await openTokenizersOf([{ keyId: result.keyId, params }], options.tokenizer ?? []);
  try {
    const report = await about(content.name, () =>
      checkingValues(() =>
        checkResult({
          result,
          finding,
          evidence: { ...evidence, parameters },
          params,
          keyId: published?.keyId,
          commitment: options.commitment ?? published?.commitment,
          document: content.content,
          tokenizer: tokenizers.find(({ fingerprint }) => fingerprint === params.tokenizer.fingerprint),
        }),
      ),
    );
    if (options.format === 'json') await writeJson({ object: 'check', ...report, result: name });
    else await writeData(`${describeCheck(name, report)}\n`);
    process.exitCode = report.passed ? ExitCode.ran : ExitCode.checkFailed;
  } finally {
    closeTokenizers(tokenizers);
  }
}

async function checkAmongControls(path: string, disputed: string, format: 'text' | 'json'): Promise<void> {
  const results = await readResults(path);
  const named = results.map(({ result, input }, i) => {
    if (input === undefined)
      throw new CommandError(`${inputName(path)}: result ${i + 1} has no "input" to tell it by`);
    return { name: input, result };
  });
  const report = checkingValues(() => checkControls(named, disputed));
  if (format === 'json') await writeJson({ object: 'control-check', disputed, ...report });
  else await writeData(`${describeControls(disputed, report)}\n`);
  process.exitCode = report.passed ? ExitCode.ran : ExitCode.checkFailed;
}

function parseCommitment(value: string): string {
  if (!/^[0-9a-f]{64}$/.test(value)) throw new InvalidArgumentError('It is not 64 lowercase hex digits.');
  return value;
}
