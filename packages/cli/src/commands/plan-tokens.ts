import { planAnswer } from '@countermark/detector/plan';
import { createParams, DEFAULT_START_BITS, type WatermarkParams } from '@countermark/watermark';
import { Command, Option } from 'commander';
import { CommandError, checkingValues } from '../command-error.ts';
import { readKey } from '../keys.ts';
import { formatOption, parseInteger, parseNumber } from '../options.ts';
import { writeData, writeJson } from '../output.ts';
import { type SchemeOptions, schemeParams } from '../scheme-options.ts';

interface PlanTokensOptions extends Partial<SchemeOptions> {
  readonly key?: string;
  readonly entropy: number;
  readonly share?: number;
  readonly alpha?: number;
  readonly power?: number;
  readonly minTokens?: number;
  readonly startBits: number;
  readonly format: 'text' | 'json';
}

/** `countermark plan-tokens`: says how many tokens a detection takes. */
export function planTokensCommand(): Command {
  return new Command('plan-tokens')
    .option('--key <file>', 'a key file, whose parameters are planned for')
    .addOption(
      new Option('--scheme <kind>', 'without a key: how tokens are marked').choices([
        'gumbel',
        'green-list',
        'tournament',
      ]),
    )
    .option('--gamma <fraction>', 'green-list: green share of the vocabulary (default 0.25)', parseNumber)
    .option('--delta <nats>', 'green-list: bias of green tokens (default 2)', parseNumber)
    .option('--depth <layers>', 'tournament: layers, 1 to 30 (default 30)', parseInteger(1))
    .requiredOption('--entropy <nats>', "mean entropy of the model's next token", parseNumber)
    .option('--share <fraction>', 'share of the text that is marked (default 1)', parseNumber)
    .option('--alpha <level>', 'level of the test (default 1e-6)', parseNumber)
    .option('--power <probability>', 'probability of detection that is asked for (default 0.9)', parseNumber)
    .option('--min-tokens <n>', 'fewer scored tokens are inconclusive (default 50)', parseInteger(20))
    .option(
      '--start-bits <bits>',
      'bits of its own that an answer spends before it is marked',
      parseNumber,
      DEFAULT_START_BITS,
    )
    .addOption(formatOption(['text', 'json']))
    .action(plan);
}

async function plan(options: PlanTokensOptions): Promise<void> {
  const { entropy, share = 1, alpha = 1e-6, minTokens = 50, startBits } = options;
  const { scheme, commonShare, contextWidth } = await paramsOf(options);
  if (commonShare === 0) throw new CommandError('the key marks no common slots: there is nothing to detect');
  const { scored, power, tokens, startTokens } = checkingValues(() =>
    planAnswer({
      ...{ scheme, commonShare, contextWidth, startBits },
      entropy,
      share,
      alpha,
      power: options.power ?? 0.9,
      minTokens,
    }),
  );
  if (options.format === 'json') {
    const asked = { scheme, commonShare, contextWidth, startBits, entropy, share, alpha, minTokens };
    await writeJson({ object: 'token-plan', ...asked, scored, tokens, startTokens, power });
    return;
  }
  await writeData(
    [
      `tokens  about ${tokens} that do not repeat themselves: a share of ${commonShare} is scored`,
      `start   the first ${startTokens} of them, about, are not marked`,
      `scored  ${scored}`,
      `power   ${power.toFixed(4)} at level ${alpha}`,
      '',
    ].join('\n'),
  );
}

// A plan without a key assumes the defaults; the tokenizer plays no part in it.
async function paramsOf(options: PlanTokensOptions): Promise<WatermarkParams> {
  const { key, scheme } = options;
  if ((key === undefined) === (scheme === undefined)) throw new CommandError('give either --key or --scheme');
  if (scheme !== undefined) {
    const tokenizer = { name: 'none', vocabSize: 1, fingerprint: '0'.repeat(64) };
    const wanted = schemeParams({ ...options, scheme });
    return checkingValues(() => createParams({ tokenizer, scheme: wanted }));
  }
  for (const name of ['gamma', 'delta', 'depth'] as const) {
    if (options[name] !== undefined) throw new CommandError(`--${name} belongs to --scheme, not to --key`);
  }
  return (await readKey(key ?? '')).params;
}
