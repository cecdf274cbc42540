import {
  createParams,
  formatKeyFile,
  SHARE_PRESETS,
  WatermarkKey,
  type WatermarkParams,
} from '@countermark/watermark';
import { Command, Option } from 'commander';
import { CommandError, checkingValues } from '../command-error.ts';
import { formatOption, parseInteger, parseNumber } from '../options.ts';
import { say, writeData, writeJson } from '../output.ts';
import { type SchemeOptions, schemeParams } from '../scheme-options.ts';
import { openNamedTokenizer, tokenizerParams } from '../tokenizers.ts';
import { writeFileWhole } from '../write-file.ts';

interface KeygenOptions extends SchemeOptions {
  readonly out: string;
  readonly tokenizer: string;
  readonly contextWidth?: number;
  readonly preset?: keyof typeof SHARE_PRESETS;
  readonly commonShare?: number;
  readonly accountShare?: number;
  readonly codeLength?: number;
  readonly force?: boolean;
  readonly format: 'text' | 'json';
}

/** `countermark keygen`: makes a key file. */
export function keygenCommand(): Command {
  return new Command('keygen')
    .requiredOption('--out <file>', 'where the key file goes; only you may read it (mode 0600)')
    .option(
      '--tokenizer <name>',
      'an encoding of tiktoken, demo, or the path of a tokenizer.json',
      'o200k_base',
    )
    .addOption(
      new Option('--scheme <kind>', 'how tokens are marked')
        .choices(['gumbel', 'green-list', 'tournament'])
        .default('gumbel'),
    )
    .option('--context-width <h>', 'token ids before the marked one', parseInteger(1))
    .addOption(new Option('--preset <purpose>', 'shares for one purpose').choices(Object.keys(SHARE_PRESETS)))
    .option('--common-share <a>', 'share of contexts that every account marks alike', parseNumber)
    .option('--account-share <b>', 'share of contexts that carry the account', parseNumber)
    .option('--code-length <l>', 'positions of an account code, a power of two', parseInteger(1))
    .option('--gamma <fraction>', 'green-list: green share of the vocabulary (default 0.25)', parseNumber)
    .option('--delta <nats>', 'green-list: bias of green tokens (default 2)', parseNumber)
    .option('--depth <layers>', 'tournament: layers, 1 to 30 (default 30)', parseInteger(1))
    .option('--force', 'replace the file if it is there')
    .addOption(formatOption(['text', 'json']))
    .action(keygen);
}

async function keygen(options: KeygenOptions): Promise<void> {
  const { out, force = false, format } = options;
  const scheme = schemeParams(options);
  const tokenizer = await openNamedTokenizer(options.tokenizer);
  const named = tokenizerParams(options.tokenizer, tokenizer);
  tokenizer.close();
  const params = checkingValues(() =>
    createParams({
      tokenizer: named,
      scheme,
      ...given('contextWidth', options.contextWidth),
      ...shares(options),
      ...given('codeLength', options.codeLength),
    }),
  );
  const key = new WatermarkKey(params);
  await writeFileWhole(out, formatKeyFile(key), { mode: 0o600, force });
  say(`wrote ${out}; keep it secret`);
  if (format === 'json') await writeJson({ object: 'key', ...key.toJSON() });
  else await writeData(`key id       ${key.keyId}\nfingerprint  ${key.fingerprint}\n`);
}

function shares({
  preset,
  commonShare,
  accountShare,
}: KeygenOptions): Partial<Pick<WatermarkParams, 'commonShare' | 'accountShare'>> {
  const wanted = { ...given('commonShare', commonShare), ...given('accountShare', accountShare) };
  if (preset === undefined) return wanted;
  for (const [name, flag] of [
    ['commonShare', '--common-share'],
    ['accountShare', '--account-share'],
  ] as const) {
    const value = wanted[name];
    const fixed = SHARE_PRESETS[preset][name];
    if (value !== undefined && value !== fixed) {
      throw new CommandError(`--preset ${preset} stands for ${flag} ${fixed}, not ${value}`);
    }
  }
  return SHARE_PRESETS[preset];
}

function given<Name extends string>(name: Name, value: number | undefined): Partial<Record<Name, number>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, number>);
}
