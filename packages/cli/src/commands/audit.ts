import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type AuditAccess, AuditRun, type ModelAuditResult, parseAuditRecord } from '@countermark/audit';
import { htmlAuditReport } from '@countermark/audit/report';
import { readJsonLines } from '@countermark/corpus';
import { type Finding, usedSoftware } from '@countermark/detector';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { Argument, Command, Option } from 'commander';
import { about, CommandError, checkingValues } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { addServedOption, openServed, type ServedOption } from '../contexts/served-option.ts';
import { describeAudit } from '../describe-audit.ts';
import { readKey } from '../keys.ts';
import { formatOption, parseInteger, parseNumber } from '../options.ts';
import { writeData, writeJson } from '../output.ts';
import { commandVersion } from '../software.ts';
import { closeTokenizers, openTokenizersOf, tokenizerNamesOf } from '../tokenizers.ts';

interface AuditOptions extends ServedOption {
  readonly key: string;
  readonly access: AuditAccess;
  readonly alpha?: number;
  readonly minContexts?: number;
  readonly exclude?: readonly string[];
  readonly decoys: number;
  readonly tokenizer?: string;
  readonly format: 'text' | 'json' | 'html';
}

/** `countermark audit`: tests whether a model was trained on text with a key's mark. */
export function auditCommand(): Command {
  const command = new Command('audit')
    .addArgument(
      new Argument('<file...>', 'records in JSON Lines: answers of the model, or texts that it read'),
    )
    .requiredOption('--key <file>', 'the key file')
    .addOption(
      new Option('--access <how>', 'answers that the model wrote, or texts that others wrote and it read')
        .choices(['answers', 'reading'])
        .default('answers'),
    )
    .option('--alpha <level>', 'level of the test, fixed beforehand (default 1e-6)', parseNumber)
    .option('--min-contexts <n>', 'fewer counted contexts are inconclusive (default 1000)', parseInteger(1))
    .option('--exclude <file...>', 'records whose contexts do not count: public text that many models know')
    .addOption(
      new Option('--decoys <r>', 'random keys that are audited beside the real one')
        .argParser(parseInteger(0))
        .default(20),
    )
    .option('--tokenizer <path>', "the key's tokenizer.json, where records have texts");
  return addServedOption(command)
    .addOption(formatOption(['text', 'json', 'html']))
    .action(audit);
}

async function audit(files: string[], options: AuditOptions): Promise<void> {
  const key = await readKey(options.key);
  const served = await openServed(options, key);
  const paths = options.tokenizer === undefined ? [] : [options.tokenizer];
  // Records of token ids need none; whoever has texts is told then.
  const isNamed = tokenizerNamesOf([key], paths).length > 0;
  const tokenizers = isNamed ? await openTokenizersOf([key], paths) : [];
  const tokenizer = tokenizers.find(({ fingerprint }) => fingerprint === key.params.tokenizer.fingerprint);
  try {
    const inputs: Finding['inputs'][number][] = [];
    for (const file of files) inputs.push({ name: file, kind: 'file', sha256: await digestOf(file) });
    inputs.push(...served.inputs);
    const digests = Buffer.from(inputs.map(({ sha256 }) => sha256).join(''), 'hex');
    const seed = key.decoySeed(Uint32Array.from(digests));
    const run = checkingValues(
      () => new AuditRun(key, { access: options.access, decoys: options.decoys, seed, ...served.options }),
    );
    try {
      // Before any answer counts: a prompt may hold what a later one's words chose.
      for (const file of options.exclude ?? []) {
        await eachRecord(file, tokenizer, ({ before = [], tokenIds }) => {
          for (const text of [...before, tokenIds]) run.exclude(text);
        });
      }
      if (options.access === 'answers') {
        for (const file of files) {
          await eachRecord(file, tokenizer, ({ before = [] }) => {
            for (const text of before) run.exclude(text);
          });
        }
      }
      for (const file of files) await eachRecord(file, tokenizer, (record) => run.add(record));
      const result = checkingValues(() =>
        run.result({
          software: usedSoftware(commandVersion()),
          inputs,
          ...(options.alpha === undefined ? {} : { alpha: options.alpha }),
          ...(options.minContexts === undefined ? {} : { minContexts: options.minContexts }),
        }),
      );
      await print(result, options.format);
    } finally {
      run.close();
    }
  } finally {
    closeTokenizers(tokenizers);
  }
}

async function print(result: ModelAuditResult, format: AuditOptions['format']): Promise<void> {
  if (format === 'json') await writeJson(result);
  else if (format === 'html') await writeData(htmlAuditReport(result, { command: commandLine() }));
  else await writeData(`${describeAudit(result)}\n`);
}

async function eachRecord(
  file: string,
  tokenizer: Tokenizer | undefined,
  take: (record: ReturnType<typeof parseAuditRecord>) => void,
): Promise<void> {
  let line = 0;
  for await (const read of readJsonLines(createReadStream(file))) {
    line++;
    const place = `${file}, record ${line}`;
    if (read.refusal !== undefined) throw new CommandError(`${place}: ${read.refusal.message}`);
    await about(place, () => {
      checkingValues(() => take(parseAuditRecord(read.value, tokenizer)));
    });
  }
  if (line === 0) throw new CommandError(`${file}: has no record`);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
