import { type EndpointTerms, fixEndpointTerms, LEAST_READ } from '@countermark/audit';
import { type Command, Option } from 'commander';
import { CommandError, checkingValues } from '../command-error.ts';
import { parseInteger, parseNumber } from '../options.ts';
import type { AuditOptions } from './audit-options.ts';

/** What `audit` is told of an endpoint. */
export interface EndpointOptions {
  readonly endpoint?: string;
  readonly model?: string;
  readonly prompts?: string;
  readonly journal?: string;
  readonly api: 'chat' | 'completions';
  readonly readBy: 'echo' | 'prompt-logprobs';
  readonly apiKeyFile?: string;
  readonly apiKeyEnv?: string;
  readonly answers: number;
  readonly temperature: number;
  readonly maxTokens: number;
  readonly seed?: number;
  readonly logprobs: number;
  readonly concurrency: number;
  readonly timeout: number;
  readonly maxRequests?: number;
  readonly maxTokensTotal?: number;
  readonly maxCost?: number;
  readonly priceInput?: number;
  readonly priceOutput?: number;
}

/** Adds the options of {@link EndpointOptions}. */
export function addEndpointOptions(command: Command): Command {
  return command
    .option(
      '--endpoint <url>',
      "instead of files: the address of an API like OpenAI's, before /chat/completions",
    )
    .option('--model <name>', 'the suspect, as the endpoint calls it')
    .option('--prompts <file>', 'what the suspect is asked, or reads, in JSON Lines')
    .option('--journal <file>', 'where its answers are kept; the same command goes on with it')
    .addOption(
      new Option('--api <name>', 'how the endpoint is asked')
        .choices(['chat', 'completions'])
        .default('chat'),
    )
    .addOption(
      new Option('--read-by <how>', 'with --access reading: what gives predictions of a text')
        .choices(['echo', 'prompt-logprobs'])
        .default('echo'),
    )
    .option('--api-key-file <file>', "a file with the endpoint's API key")
    .option('--api-key-env <name>', 'the variable of the environment that has it, instead of a file')
    .addOption(integer('--answers <n>', 'answers to each prompt', 1, 1))
    .addOption(new Option('--temperature <t>', 'how answers are drawn').argParser(parseNumber).default(1))
    .addOption(integer('--max-tokens <n>', 'most tokens of an answer', 1, 256))
    .option('--seed <n>', 'seed of the first answer; each further one has the next', parseInteger(0))
    .addOption(integer('--logprobs <n>', 'likeliest tokens that are asked for at each step, 0 to 20', 0, 0))
    .addOption(integer('--concurrency <n>', 'requests at once', 1, 4))
    .addOption(integer('--timeout <s>', 'seconds that one request may take, at most 300', 1, 120))
    .option('--max-requests <n>', 'budget of requests (default twice the answers)', parseInteger(1))
    .option('--max-tokens-total <n>', 'budget of tokens, read and written', parseInteger(1))
    .option('--max-cost <x>', 'budget of money, by the prices given', parseNumber)
    .option('--price-input <x>', 'price of a million tokens that the endpoint reads', parseNumber)
    .option('--price-output <x>', 'price of a million tokens that it writes', parseNumber);
}

function integer(flags: string, about: string, least: number, value: number): Option {
  return new Option(flags, about).argParser(parseInteger(least)).default(value);
}

/** The options without which no endpoint can be asked. */
export interface NeededOptions {
  readonly endpoint: string;
  readonly model: string;
  readonly prompts: string;
}

/**
 * Returns the options that an audit of an endpoint needs; undefined where it has none.
 *
 * @throws {CommandError} naming what is missing, or contradicts another option.
 */
export function neededOptions(
  options: EndpointOptions & Pick<AuditOptions, 'access'>,
): NeededOptions | undefined {
  const { endpoint, model, prompts } = options;
  if (endpoint === undefined) return undefined;
  if (model === undefined) throw new CommandError('--endpoint needs --model: the suspect, as it calls it');
  if (prompts === undefined) throw new CommandError('--endpoint needs --prompts: what it is asked, or reads');
  checkOptions(options);
  return { endpoint, model, prompts };
}

function checkOptions({
  access,
  answers,
  temperature,
  logprobs,
  timeout,
}: EndpointOptions & Pick<AuditOptions, 'access'>): void {
  if (logprobs > 20) throw new CommandError('--logprobs takes at most 20');
  if (temperature < 0) throw new CommandError('--temperature takes no number below 0');
  // Longer than this, Node itself does not wait for an answer to begin.
  if (timeout > 300) throw new CommandError('--timeout takes at most 300');
  if (access !== 'reading') return;
  if (logprobs < LEAST_READ) {
    throw new CommandError(
      `--access reading needs --logprobs of at least ${LEAST_READ}: the likelier half counts`,
    );
  }
  if (answers > 1) throw new CommandError('--access reading reads each text once: it takes no --answers');
}

/**
 * Returns how an endpoint is asked, as it is fixed beforehand.
 *
 * @param prompts digest and number of what it is asked.
 * @throws {CommandError} if the address is none, or a budget has no price.
 */
export function endpointTerms(
  options: EndpointOptions & Pick<AuditOptions, 'access'>,
  { endpoint, model }: NeededOptions,
  prompts: EndpointTerms['prompts'],
): EndpointTerms {
  const budget = budgetOf(options);
  return checkingValues(() => fixEndpointTerms({ ...options, address: endpoint, model, budget }, prompts));
}

function budgetOf({
  maxRequests,
  maxTokensTotal,
  maxCost,
  priceInput,
  priceOutput,
}: EndpointOptions): Partial<EndpointTerms['budget']> {
  const hasPrice = priceInput !== undefined || priceOutput !== undefined;
  if (maxCost !== undefined && !hasPrice)
    throw new CommandError('--max-cost needs --price-input, --price-output, or both');
  for (const [name, amount] of Object.entries({ maxCost, priceInput, priceOutput })) {
    if (amount !== undefined && amount < 0) throw new CommandError(`${name} takes no number below 0`);
  }
  return {
    ...(maxRequests === undefined ? {} : { requests: maxRequests }),
    ...(maxTokensTotal === undefined ? {} : { tokens: maxTokensTotal }),
    ...(maxCost === undefined ? {} : { cost: maxCost }),
    ...(priceInput === undefined ? {} : { priceInput }),
    ...(priceOutput === undefined ? {} : { priceOutput }),
  };
}
