import { type FileFormat, type FileWishes, FORMATS, type TextSplit } from '@countermark/corpus';
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
  readonly by?: string;
  readonly split?: TextSplit;
  readonly idBytes?: '2' | '4';
  readonly endOfText?: number | 'none';
  readonly delimiter?: string;
  readonly quote?: string;
  readonly escape?: string;
  /** False with `--no-header`. */
  readonly header?: boolean;
  readonly filesFrom?: string;
  readonly exclude?: readonly string[];
  readonly skipUnreadable?: boolean;
  readonly for?: readonly string[];
  readonly byContent?: boolean;
  readonly alpha?: number;
  readonly fdr?: number;
  readonly minTokens?: number;
  readonly windows?: number;
  readonly normalize: Normalization;
  readonly decoys?: number;
  readonly sample?: number;
  readonly seed?: string;
  readonly shardMb?: number;
  readonly maxRecordMb?: number;
}

const COUNTED_BY =
  'count documents by the values of a field too, or none (default source, model or the like, where there is one)';

/**
 * Adds what decides how inputs are read.
 *
 * @param by what `--by` does, in words.
 */
export function addReadingOptions(command: Command, by: string = COUNTED_BY): Command {
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
    .option('--accept-coverage', 'go on although most of the text is left out')
    .option('--ids-field <path>', 'the field with token ids')
    .option(
      '--role <role>',
      "whose turns of a chat are read; may be given several times (default the assistant's)",
      collect,
    )
    .option('--id-field <path>', "the field with a record's own id")
    .option('--by <path>', by)
    .addOption(
      new Option('--split <how>', 'what a document is in a .txt file (default file)').choices([
        'file',
        'lines',
        'blank-lines',
      ]),
    )
    .addOption(new Option('--id-bytes <n>', 'bytes of a token id in a .bin file').choices(['2', '4']))
    .option(
      '--end-of-text <id>',
      'the token id that ends a document in a .bin or .npy file, or none (default what looks like it)',
      (value: string) => (value === 'none' ? value : parseInteger(0)(value)),
    )
    .option('--delimiter <text>', 'what separates the fields of a .csv or .tsv file; \\t is a tab')
    .option('--quote <character>', 'what fields of a .csv or .tsv file are wrapped in, or none')
    .option('--escape <character>', 'what stands before a quote within a field, if not another quote')
    .option('--no-header', 'the first row of a .csv or .tsv file is data: columns are called 1, 2, …')
    .option(
      '--for <pattern:name=value>',
      'says one of these of files whose path matches, as "chats/*.json:field=messages"; may be given several times',
      collect,
    )
    .option(
      '--files-from <file>',
      'paths and addresses, one a line, beside those given; - for standard input',
    )
    .option(
      '--exclude <pattern>',
      'leaves out what is found below a directory and matches; may be given several times',
      collect,
    )
    .option('--skip-unreadable', 'leave out inputs that cannot be read, without a sign in the exit status')
    .option('--by-content', 'name each file by a digest of all its bytes, which are read for it');
}

/** Adds how texts are normalised. */
export function addNormalizeOption(command: Command): Command {
  return command.addOption(
    new Option('--normalize <how>', 'what is removed from texts first')
      .choices(['none', 'invisible', 'invisible-and-homoglyphs'])
      .default('invisible'),
  );
}

/** Adds how inputs are cut into shards. */
export function addShardOptions(command: Command): Command {
  return command
    .option('--shard-mb <n>', 'size of a shard, in MiB (default 64)', parseInteger(1))
    .option(
      '--max-record-mb <n>',
      'longer records are reported and left out, in MiB (default 64)',
      parseInteger(1),
    );
}

/** Adds what decides how inputs are read and tested. */
export function addPlanOptions(command: Command): Command {
  addReadingOptions(command)
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
    .option(
      '--windows <n>',
      'documents of at least so many tokens are tested by windows as well; 0 for none (default 1024)',
      parseInteger(0),
    );
  addNormalizeOption(command)
    .option('--decoys <r>', 'compare each key with so many random keys', parseInteger(1))
    .option('--sample <share>', 'scan a random share of the shards', parseNumber)
    .option('--seed <hex>', 'where random choices come from, 64 hex digits (default: fresh)');
  return addShardOptions(command);
}

/** What of it says how files are read. */
export function fileWishes(options: PlanOptions): FileWishes {
  const { inputFormat, field, acceptCoverage, idsField, role, idField, split, idBytes, endOfText, by } =
    options;
  const { delimiter, quote, escape: escaping, header } = options;
  return {
    ...(inputFormat === undefined ? {} : { format: inputFormat }),
    ...fieldWishes(field),
    ...(acceptCoverage === undefined ? {} : { acceptCoverage }),
    ...(idsField === undefined ? {} : { idsField }),
    ...(role === undefined ? {} : { roles: role }),
    ...(idField === undefined ? {} : { idField }),
    ...(by === undefined ? {} : { groupField: by === 'none' ? (false as const) : by }),
    ...(split === undefined ? {} : { textSplit: split }),
    ...(idBytes === undefined ? {} : { idBytes: idBytes === '2' ? (2 as const) : (4 as const) }),
    ...(endOfText === undefined ? {} : { endOfText }),
    ...(delimiter === undefined ? {} : { delimiter: delimiter.replaceAll('\\t', '\t') }),
    ...(quote === undefined ? {} : { quote: quote === 'none' ? '' : quote }),
    ...(escaping === undefined ? {} : { escape: escaping }),
    ...(header === false ? { header } : {}),
  };
}

// One field may be a text, a chat or token ids; of several, each is an answer.
function fieldWishes([field, ...others]: readonly string[] = []): Pick<FileWishes, 'field' | 'fields'> {
  if (field === undefined) return {};
  return others.length === 0 ? { field } : { fields: [field, ...others] };
}
