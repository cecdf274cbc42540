import { type FileFormat, FORMATS, type ReadingWishes, type TextSplit } from '@countermark/corpus';
import type { Normalization } from '@countermark/detector';
import { type Command, Option } from 'commander';
import { collect, parseInteger, parseNumber } from '../options.ts';

/** Options of commands that plan a scan. */
export interface PlanOptions {
  readonly key: readonly string[];
  /** Where the scan keeps its own files. */
  readonly out: string;
  readonly tokenizer?: readonly string[];
  readonly inputFormat?: FileFormat;
  readonly field?: readonly string[];
  readonly acceptCoverage?: boolean;
  readonly idsField?: string;
  readonly role?: readonly string[];
  readonly idField?: string;
  readonly split?: TextSplit;
  readonly idBytes?: '2' | '4';
  readonly endOfText?: number;
  readonly alpha?: number;
  readonly fdr?: number;
  readonly minTokens?: number;
  readonly normalize: Normalization;
  readonly decoys?: number;
  readonly sample?: number;
  readonly seed?: string;
  readonly shardMb?: number;
  readonly maxRecordMb?: number;
}

/** Adds what decides how inputs are read and tested. */
export function addPlanOptions(command: Command): Command {
  return command
    .option('--tokenizer <path>', "a key's tokenizer.json; may be given several times", collect)
    .addOption(
      new Option('--input-format <format>', 'what the files are, if not what they look like').choices([
        ...FORMATS,
      ]),
    )
    .option(
      '--field <path>',
      'a field with the text or the chat, if not what it looks like; may be given several times, [] for every element',
      collect,
    )
    .option('--accept-coverage', 'it is meant that most text is left out')
    .option('--ids-field <path>', 'the field with token ids')
    .option(
      '--role <role>',
      "whose turns of a chat are read; may be given several times (default the assistant's)",
      collect,
    )
    .option('--id-field <path>', "the field with a record's own id")
    .addOption(
      new Option('--split <how>', 'what a document is in a .txt file (default file)').choices([
        'file',
        'lines',
        'blank-lines',
      ]),
    )
    .addOption(new Option('--id-bytes <n>', 'bytes of a token id in a .bin file').choices(['2', '4']))
    .option('--end-of-text <id>', 'the token id that ends a document in a .bin file', parseInteger(0))
    .option(
      '--alpha <level>',
      'level of the verdict on the corpus, fixed beforehand (default 1e-6)',
      parseNumber,
    )
    .option(
      '--fdr <level>',
      'expected share of false ones among the documents called detected (default 1e-3)',
      parseNumber,
    )
    .option(
      '--min-tokens <n>',
      'documents with fewer scored tokens are inconclusive (default 50)',
      parseInteger(1),
    )
    .addOption(
      new Option('--normalize <how>', 'what is removed from texts first')
        .choices(['none', 'invisible', 'invisible-and-homoglyphs'])
        .default('invisible'),
    )
    .option('--decoys <r>', 'compare each key with so many random keys', parseInteger(1))
    .option('--sample <share>', 'scan a random share of the shards', parseNumber)
    .option('--seed <hex>', 'where random choices come from, 64 hex digits (default: fresh)')
    .option('--shard-mb <n>', 'size of a shard, in MiB (default 64)', parseInteger(1))
    .option(
      '--max-record-mb <n>',
      'longer records are reported and left out, in MiB (default 64)',
      parseInteger(1),
    );
}

/** What of it says how files are read. */
export function readingWishes(options: PlanOptions): ReadingWishes {
  const { inputFormat, field, acceptCoverage, idsField, role, idField, split, idBytes, endOfText } = options;
  return {
    ...(inputFormat === undefined ? {} : { format: inputFormat }),
    ...fieldWishes(field),
    ...(acceptCoverage === undefined ? {} : { acceptCoverage }),
    ...(idsField === undefined ? {} : { idsField }),
    ...(role === undefined ? {} : { roles: role }),
    ...(idField === undefined ? {} : { idField }),
    ...(split === undefined ? {} : { textSplit: split }),
    ...(idBytes === undefined ? {} : { idBytes: idBytes === '2' ? (2 as const) : (4 as const) }),
    ...(endOfText === undefined ? {} : { endOfText }),
  };
}

// One field may be a text, a chat or token ids; of several, each is an answer.
function fieldWishes([field, ...others]: readonly string[] = []): Pick<ReadingWishes, 'field' | 'fields'> {
  if (field === undefined) return {};
  return others.length === 0 ? { field } : { fields: [field, ...others] };
}
