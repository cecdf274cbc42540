import type { SamplingSettings } from '@countermark/watermark';
import { Command } from 'commander';
import { type Answer, answer } from '../answer.ts';
import { CommandError } from '../command-error.ts';
import { counted } from '../counted.ts';
import { readMarkKey } from '../foreign-keys.ts';
import { interruptible } from '../interrupt.ts';
import { openModel } from '../open-model.ts';
import { collect, formatOption, parseInteger, parseNumber } from '../options.ts';
import { say, writeData, writeJson } from '../output.ts';
import { readText } from '../read-input.ts';
import { samplingOf } from '../sampling-options.ts';
import { addStartOptions, type StartSettings, startSettingsOf } from '../start-options.ts';

interface GenerateOptions extends SamplingSettings, StartSettings {
  readonly key?: string;
  readonly model: string;
  readonly prompt?: string;
  readonly promptFile?: string;
  readonly account?: string;
  readonly maxTokens: number;
  readonly seed?: string;
  readonly watermark: boolean;
  readonly probabilities?: boolean;
  readonly tokenizer?: readonly string[];
  readonly format: 'text' | 'json';
}

/** `countermark generate`: lets a model answer a prompt, marked. */
export function generateCommand(): Command {
  const command = new Command('generate')
    .option('--key <file>', 'the key file; needed unless --no-watermark')
    .requiredOption('--model <model>', 'demo, a directory with an ONNX export, or a .gguf file')
    .option('--prompt <text>', 'what to answer')
    .option('--prompt-file <file>', 'the same from a file; - is standard input')
    .option('--account <id>', 'whose answer it is; marks account slots')
    .option('--max-tokens <n>', 'most tokens to generate', parseInteger(1), 256)
    .option('--temperature <t>', 'divides the logits; 0 is greedy, for green-list only', parseNumber)
    .option('--top-k <k>', 'keep the k likeliest tokens', parseInteger(1))
    .option('--top-p <p>', 'keep the likeliest tokens of this mass', parseNumber);
  return addStartOptions(command)
    .option('--seed <text>', 'make the answer reproducible')
    .option('--no-watermark', 'do not mark')
    .option('--probabilities', 'with --format json, print the probability of each token before the mark')
    .option('--tokenizer <path>', "the key's tokenizer.json, for a .gguf file", collect)
    .addOption(formatOption(['text', 'json']))
    .action(generate);
}

async function generate(options: GenerateOptions): Promise<void> {
  const { format, account, seed, maxTokens, watermark } = options;
  if (watermark && options.key === undefined)
    throw new CommandError('--key is needed, or --no-watermark: "countermark keygen" makes a key file');
  if (options.probabilities === true && (format !== 'json' || options.temperature === 0)) {
    throw new CommandError('--probabilities needs --format json, and a temperature above 0');
  }
  const prompt = await readPrompt(options);
  const key = options.key === undefined ? undefined : await readMarkKey(options.key);
  const result = await interruptible(async (signal): Promise<Answer> => {
    const open = await openModel(options.model, {
      tokenizers: options.tokenizer ?? [],
      signal,
      ...(key === undefined ? {} : { key }),
    });
    try {
      return await answer(open, {
        prompt,
        maxTokens,
        sampling: samplingOf(options),
        signal,
        ...(key !== undefined && watermark ? { key } : {}),
        start: startSettingsOf(options),
        ...(account === undefined ? {} : { accountId: account }),
        ...(seed === undefined ? {} : { seed }),
        ...(options.probabilities === true ? { keepProbabilities: true } : {}),
        ...(format === 'text' ? { onText: writeData } : {}),
      });
    } finally {
      await open.close();
    }
  });
  if (format === 'json') {
    const { counts, ...rest } = result;
    const mark =
      watermark && key !== undefined
        ? { keyId: key.keyId, params: key.fingerprint, ...(counts === undefined ? {} : { counts }) }
        : {};
    // Of another watermark's mark nobody says what became of its steps.
    const isMarked = watermark && (counts === undefined || counts.common + counts.account > 0);
    await writeJson({ object: 'generation', model: options.model, watermarked: isMarked, ...rest, ...mark });
  } else {
    await writeData('\n');
    say(`${counted(result.tokenIds.length, 'token')}; ${ENDINGS[result.finishReason]}`);
  }
}

const ENDINGS: Readonly<Record<Answer['finishReason'], string>> = {
  length: 'the limit of --max-tokens or of the model ended the answer',
  stop: 'the model ended the answer',
};

async function readPrompt({ prompt, promptFile }: GenerateOptions): Promise<string> {
  if ((prompt === undefined) === (promptFile === undefined)) {
    throw new CommandError('give either --prompt or --prompt-file');
  }
  return prompt ?? (await readText(promptFile as string));
}
