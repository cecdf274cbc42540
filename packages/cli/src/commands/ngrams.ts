import { formatNgramFile, NgramModel } from '@countermark/detector/weights';
import { Argument, Command } from 'commander';
import { about, CommandError, checkingValues } from '../command-error.ts';
import { interruptible } from '../interrupt.ts';
import { formatOption, parseInteger } from '../options.ts';
import { say, writeData, writeJson } from '../output.ts';
import { readDocuments } from '../read-documents.ts';
import { openNamedTokenizer, tokenizerParams } from '../tokenizers.ts';
import { writeFileWhole } from '../write-file.ts';

interface NgramsOptions {
  readonly out: string;
  readonly tokenizer: string;
  readonly order: number;
  readonly ids?: boolean;
  readonly force?: boolean;
  readonly format: 'text' | 'json';
}

/** `countermark ngrams`: counts n-grams, as a proxy that needs no model. */
export function ngramsCommand(): Command {
  return new Command('ngrams')
    .addArgument(new Argument('<file...>', 'texts in UTF-8, or token ids with --ids; - is standard input'))
    .requiredOption('--out <file>', 'where the counts go; its name has to end in .ngrams')
    .option(
      '--tokenizer <name>',
      'an encoding of tiktoken, demo, or the path of a tokenizer.json',
      'o200k_base',
    )
    .option('--order <n>', 'tokens in the longest n-gram, at most 8', parseInteger(1), 3)
    .option('--ids', 'the files hold token ids: one JSON array, or one a line')
    .option('--force', 'replace the file if it is there')
    .addOption(formatOption(['text', 'json']))
    .action(ngrams);
}

async function ngrams(files: string[], options: NgramsOptions): Promise<void> {
  const { out, order, ids = false, force = false, format } = options;
  if (!out.endsWith('.ngrams')) throw new CommandError(`${out}: the name has to end in .ngrams`);
  const tokenizer = await openNamedTokenizer(options.tokenizer);
  try {
    const { name, vocabSize, fingerprint } = tokenizerParams(options.tokenizer, tokenizer);
    const model = checkingValues(() => new NgramModel(vocabSize, order));
    let documents = 0;
    let tokens = 0;
    await interruptible(async (signal) => {
      for (const file of files) {
        for (const document of await readDocuments(file, ids)) {
          signal.throwIfAborted();
          const { content } = document;
          const tokenIds =
            typeof content === 'string' ? tokenizer.encode(content) : Uint32Array.from(content);
          await about(document.name, () => checkingValues(() => model.count(tokenIds)));
          documents++;
          tokens += tokenIds.length;
        }
      }
    });
    const bytes = formatNgramFile({ model, tokenizer: { name, fingerprint } });
    await writeFileWhole(out, bytes, { force });
    const different = model.table.size - 1;
    say(`wrote ${out}`);
    if (format === 'json') {
      await writeJson({
        object: 'ngrams',
        order,
        documents,
        tokens,
        ngrams: different,
        tokenizer: { name, fingerprint },
      });
    } else {
      await writeData(
        `${different} different n-grams up to ${order} tokens, in ${tokens} tokens of ${documents} texts\n`,
      );
    }
  } finally {
    tokenizer.close();
  }
}
