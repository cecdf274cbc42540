import {
  type AuditTerms,
  auditEndpoint,
  type EndpointAuditResult,
  type EndpointProgress,
  parseQuestion,
  type Question,
  questionForm,
  RecordReader,
} from '@countermark/audit';
import { usedSoftware } from '@countermark/detector';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { about, CommandError, checkingValues } from '../command-error.ts';
import { interruptible } from '../interrupt.ts';
import { say } from '../output.ts';
import { readSecret } from '../read-secret.ts';
import { commandVersion } from '../software.ts';
import { excludedTexts } from './audit-files.ts';
import type { AuditOptions } from './audit-options.ts';
import { checkPlan, termsOf } from './audit-terms.ts';
import { type EndpointOptions, endpointTerms, type NeededOptions } from './endpoint-options.ts';
import type { OpenedAudit } from './opened-audit.ts';
import type { StableInput } from './stable-input.ts';

/** An audit of an endpoint: the key's tokenizer is known, and so are the prompts. */
export interface OpenedEndpoint extends OpenedAudit {
  readonly tokenizer: Tokenizer;
  readonly prompts: StableInput;
}

/** Reads the questions, and what is fixed about an audit of them. */
export async function readTerms(
  opened: OpenedEndpoint,
  needed: NeededOptions,
  options: AuditOptions & EndpointOptions,
): Promise<{ readonly terms: AuditTerms; readonly questions: readonly Question[] }> {
  const { key, prompts } = opened;
  const form = questionForm(options);
  const questions: Question[] = [];
  for await (const { place, value } of prompts.records()) {
    questions.push(await about(place, () => checkingValues(() => parseQuestion(value, form))));
  }
  const endpoint = endpointTerms(options, needed, { sha256: prompts.sha256, count: questions.length });
  return { terms: termsOf(key, options, opened, endpoint), questions };
}

/** Asks an endpoint what its journal lacks, and audits the answers. */
export async function auditSuspect(
  opened: OpenedEndpoint,
  needed: NeededOptions,
  options: AuditOptions & EndpointOptions,
): Promise<EndpointAuditResult> {
  const { key, tokenizer, excluded, prompts, served } = opened;
  const { journal, concurrency, timeout } = options;
  if (journal === undefined) throw new CommandError('--endpoint needs --journal: where its answers are kept');
  const { terms, questions } = await readTerms(opened, needed, options);
  await checkPlan(options.plan, terms);
  const apiKey = await readApiKey(options);
  const { protocol, hostname } = new URL(needed.endpoint);
  if (apiKey !== undefined && protocol === 'http:' && !LOOPBACK.test(hostname))
    say('the address of the endpoint has no TLS: whoever is on the way reads its API key');
  const inputs = [{ name: prompts.name, kind: 'file', sha256: prompts.sha256 } as const, ...served.inputs];
  return interruptible((signal) =>
    checkingValues(() =>
      auditEndpoint(
        key,
        {
          tokenizer,
          terms,
          ...served.options,
          questions,
          journal,
          access: { address: needed.endpoint, apiKey, timeoutMs: 1000 * timeout },
          excluded: excludedTexts(excluded, new RecordReader(tokenizer)),
          concurrency,
          onProgress: progressTeller(),
          signal,
        },
        { software: usedSoftware(commandVersion()), inputs },
      ),
    ),
  );
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** The endpoint's API key; undefined where it needs none. */
async function readApiKey({
  apiKeyFile,
  apiKeyEnv,
}: Pick<EndpointOptions, 'apiKeyFile' | 'apiKeyEnv'>): Promise<string | undefined> {
  if (apiKeyFile !== undefined && apiKeyEnv !== undefined)
    throw new CommandError('give either --api-key-file or --api-key-env');
  if (apiKeyFile !== undefined) return checkApiKey((await readSecret(apiKeyFile)).trim(), apiKeyFile);
  return apiKeyEnv === undefined ? undefined : checkApiKey(process.env[apiKeyEnv]?.trim() ?? '', apiKeyEnv);
}

function checkApiKey(key: string, source: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new CommandError(`${source}: has no API key: one word of printable ASCII`);
}

const EVERY_MS = 10_000;

/** Tells how an audit goes on standard error, every ten seconds. */
function progressTeller(): (progress: EndpointProgress) => void {
  let last = Date.now();
  return ({ settled, answers, requests, log10EValue }) => {
    if (Date.now() - last < EVERY_MS) return;
    last = Date.now();
    say(`${settled} of ${answers} answers, ${requests} requests, e-value 10^${log10EValue.toFixed(2)}`);
  };
}
