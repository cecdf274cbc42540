import type { AuditAccess } from '@countermark/audit';
import { type Command, Option } from 'commander';
import { addServedOption, type ServedOption } from '../contexts/served-option.ts';
import { formatOption, parseInteger, parseNumber } from '../options.ts';

/** What `audit` is told of what is fixed beforehand. */
export interface AuditOptions extends ServedOption {
  readonly key?: string;
  readonly access: AuditAccess;
  readonly alpha: number;
  readonly minContexts: number;
  readonly exclude?: readonly string[];
  readonly decoys: number;
  readonly stop?: boolean;
  readonly plan?: string;
  readonly tokenizer?: string;
  readonly format: 'text' | 'json' | 'html';
}

/** Adds the options of {@link AuditOptions}. */
export function addAuditOptions(command: Command): Command {
  command
    .option('--key <file>', 'the key file')
    .addOption(
      new Option('--access <how>', 'answers that the model wrote, or texts that others wrote and it read')
        .choices(['answers', 'reading'])
        .default('answers'),
    )
    .addOption(
      new Option('--alpha <level>', 'level of the test, fixed beforehand')
        .argParser(parseNumber)
        .default(1e-6, '1e-6'),
    )
    .addOption(
      new Option('--min-contexts <n>', 'fewer counted contexts are inconclusive')
        .argParser(parseInteger(1))
        .default(1000),
    )
    .option('--exclude <file...>', 'records whose contexts do not count: public text that many models know')
    .addOption(
      new Option('--decoys <r>', 'random keys that are audited beside the real one')
        .argParser(parseInteger(0))
        .default(20),
    )
    .option('--stop', 'end as soon as the e-value reaches 1/alpha; the verdict then rests on it alone')
    .option('--tokenizer <path>', "the key's tokenizer.json, where records have texts");
  return addServedOption(command);
}

/** Adds what says how a result is printed, and which plan it belongs to. */
export function addResultOptions(command: Command): Command {
  return command
    .option('--plan <file>', 'refuse what differs from a plan of "audit plan"')
    .addOption(formatOption(['text', 'json', 'html']));
}
