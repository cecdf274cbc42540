import type { MarkKey } from '@countermark/watermark/scheme';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { AuditError } from '../audit-error.ts';
import { AuditRun } from '../audit-run.ts';
import { Journal } from '../journal/journal.ts';
import type { AuditEnd } from '../journal/journal-entry.ts';
import type { Spent } from '../journal/spending.ts';
import { RecordReader } from '../read/parse-record.ts';
import { numberOf } from '../read/suspect-token.ts';
import type { AuditTest, ModelAuditResult } from '../result/audit-result.ts';
import type { ContextSet } from '../served/context-set.ts';
import { type AuditTerms, type EndpointTerms, termsDigest } from '../terms/audit-terms.ts';
import { Asking } from './ask-all.ts';
import { chatForm, textForm } from './completion-forms.ts';
import { type EndpointAccess, EndpointClient } from './endpoint-client.ts';
import type { EndpointForm, SuspectAnswer } from './endpoint-form.ts';
import { AnswerCounts, type EndpointReport } from './endpoint-report.ts';
import { mostInput, type Question, textsOf } from './question.ts';
import { echoForm, promptLogprobsForm } from './reading-forms.ts';

/** How far an audit is. */
export interface EndpointProgress {
  /** Answers that were counted, or given up. */
  readonly settled: number;
  readonly answers: number;
  readonly requests: number;
  readonly spent: Spent;
  readonly log10EValue: number;
}

/** An audit of an endpoint. */
export interface EndpointAuditOptions {
  /** The key's tokenizer. Not closed. */
  readonly tokenizer: Tokenizer;
  /** Everything that is fixed beforehand, with an endpoint. */
  readonly terms: AuditTerms;
  readonly access: EndpointAccess;
  /** As many as `terms.endpoint.prompts.count`. */
  readonly questions: readonly Question[];
  /** Only contexts of this set count; its digest is `terms.filter`. */
  readonly served?: ContextSet;
  /** Texts whose contexts do not count, as token ids. */
  readonly excluded?: AsyncIterable<Uint32Array>;
  /** Path of the journal. */
  readonly journal: string;
  /** Requests at once (default 4). */
  readonly concurrency?: number;
  /** What is waited before an answer is asked for the second time, in milliseconds (default 500). */
  readonly firstWaitMs?: number;
  /** Told after each answer. */
  readonly onProgress?: (progress: EndpointProgress) => void;
  /** Ends the asking with its reason; what is in flight is waited for, and the journal goes on. */
  readonly signal?: AbortSignal;
  /** Breaks off what is in flight as well: it counts as spent by what it may cost at most. */
  readonly cut?: AbortSignal;
}

/** What an audit of an endpoint comes to. */
export type EndpointAuditResult = ModelAuditResult & {
  /** Digest of what was fixed beforehand. */
  readonly terms: string;
  readonly endpoint: EndpointReport;
};

/**
 * Audits an endpoint: asks what its journal lacks, and counts the answers in the order of the questions, so that one journal has one result.
 *
 * @throws {AuditError} `endpoint-refused`, `endpoint-away`, or what its journal says.
 * @throws {RangeError} if an answer that was read is not in the key's tokens.
 */
export async function auditEndpoint(
  key: MarkKey,
  options: EndpointAuditOptions,
  test: Omit<AuditTest, 'alpha' | 'minContexts' | 'sequential' | 'isStopped'>,
): Promise<EndpointAuditResult> {
  const { terms } = options;
  const endpoint = endpointOf(terms);
  const client = new EndpointClient(options.access, formOf(endpoint), endpoint, options.cut);
  const served = servedOf(options);
  const journal = await Journal.open(options.journal, terms);
  try {
    const digest = termsDigest(terms);
    const seed = key.decoySeed(Uint32Array.from(Buffer.from(digest, 'hex')));
    const run = new AuditRun(key, { access: terms.access, decoys: terms.decoys, seed, ...served });
    try {
      const counting = new Counting(run, journal, options, endpoint);
      await counting.excludeAll();
      const ended = await askAll(journal, client, counting, options);
      await journal.finish(ended);
      const { alpha, minContexts, mayStop } = terms;
      const result = run.result({
        ...test,
        alpha,
        minContexts,
        sequential: mayStop,
        isStopped: ended === 'e-value',
      });
      return { ...result, terms: digest, endpoint: counting.report(ended) };
    } finally {
      run.close();
    }
  } finally {
    await journal.close();
  }
}

async function askAll(
  journal: Journal,
  client: EndpointClient,
  counting: Counting,
  { questions, concurrency = 4, firstWaitMs, signal, terms }: EndpointAuditOptions,
): Promise<AuditEnd> {
  const endpoint = endpointOf(terms);
  const isStopped = await counting.goOn();
  if (journal.end !== undefined) return journal.end;
  if (isStopped) return 'e-value';
  const questionOf = (answer: number): Question => {
    const question = questions[Math.floor(answer / endpoint.answers)];
    if (question === undefined) throw new RangeError(`"questions" expected more than ${answer}`);
    return question;
  };
  return new Asking(journal, {
    answers: endpoint.answers * questions.length,
    concurrency,
    ask: (answer) =>
      client.ask(questionOf(answer), endpoint.seed === undefined ? undefined : endpoint.seed + answer),
    bound: (answer) => ({
      input: mostInput(questionOf(answer)),
      output: endpoint.readBy === undefined ? endpoint.maxTokens : 1,
    }),
    unusable: (answer) => unusable(answer, endpoint),
    settled: () => counting.goOn(),
    signal,
    ...(firstWaitMs === undefined ? {} : { firstWaitMs }),
  }).run();
}

const NO_LISTS =
  'the endpoint gives no log-probabilities, which --logprobs asks for: it lists no likeliest tokens in its first answer';

const NUMBERS =
  'the endpoint tells tokens by numbers of its own (token_id:…), which are no tokens of the key: vLLM does so with return_tokens_as_token_ids';

function unusable({ record }: SuspectAnswer, { logprobs, readBy }: EndpointTerms): string | undefined {
  if (logprobs === 0 || record.answer === '') return undefined;
  const tokens = record.tokens ?? [];
  if (tokens.length === 0) return NO_LISTS;
  if (readBy !== undefined) return undefined;
  const isNumbered = tokens.every(({ top }) => top.every(({ token }) => numberOf(token) !== undefined));
  return isNumbered ? NUMBERS : undefined;
}

/** Counts answers in the order of their questions, as far as all before them are settled. */
class Counting {
  readonly #run: AuditRun;
  readonly #journal: Journal;
  readonly #options: EndpointAuditOptions;
  readonly #endpoint: EndpointTerms;
  readonly #reader: RecordReader;
  readonly #counts = new AnswerCounts();
  #next = 0;
  #isStopped = false;
  /** One call after another, whoever makes them. */
  #turn: Promise<boolean> = Promise.resolve(false);

  constructor(run: AuditRun, journal: Journal, options: EndpointAuditOptions, endpoint: EndpointTerms) {
    this.#run = run;
    this.#journal = journal;
    this.#options = options;
    this.#endpoint = endpoint;
    this.#reader = new RecordReader(options.tokenizer);
  }

  /** Leaves out what must not count, before any answer does: a prompt may hold what a later one's words chose. */
  async excludeAll(): Promise<void> {
    const { excluded, questions, tokenizer } = this.#options;
    if (excluded !== undefined) for await (const text of excluded) this.#run.exclude(text);
    for (const question of questions) {
      for (const text of textsOf(question)) this.#run.exclude(tokenizer.encode(text));
    }
  }

  /** Counts on. Returns whether the audit stops here. */
  goOn(): Promise<boolean> {
    this.#turn = this.#turn.then(() => this.#countOn());
    return this.#turn;
  }

  async #countOn(): Promise<boolean> {
    const { terms, questions, onProgress } = this.#options;
    const answers = this.#endpoint.answers * questions.length;
    while (!this.#isStopped && this.#next < answers && this.#journal.isSettled(this.#next)) {
      await this.#count(this.#next++);
      this.#isStopped = terms.mayStop && this.#run.isDecided(terms);
    }
    const spent = this.#journal.spent();
    const { log10EValue } = this.#run;
    onProgress?.({ settled: this.#next, answers, requests: spent.requests, spent, log10EValue });
    return this.#isStopped;
  }

  async #count(answer: number): Promise<void> {
    if (!this.#journal.hasAnswer(answer)) return;
    const found = await this.#journal.read(answer);
    try {
      this.#run.add(this.#reader.read(found.record));
    } catch (error) {
      if (!(error instanceof RangeError) || this.#endpoint.readBy === undefined) throw error;
      throw new AuditError('endpoint-refused', `text ${answer + 1}: ${error.message}`, { cause: error });
    }
    const { answer: text } = found.record as { readonly answer: string };
    this.#counts.add(found, text);
  }

  report(ended: AuditEnd): EndpointReport {
    const { address, model } = this.#endpoint;
    const counts = this.#counts.counts;
    return {
      address,
      model,
      ended,
      ...counts,
      givenUp: this.#journal.givenUp,
      unused: this.#journal.answers - counts.answers,
      spent: this.#journal.spent(),
      mapping: this.#reader.mapping,
    };
  }
}

function servedOf({ served, terms }: EndpointAuditOptions): Pick<EndpointAuditOptions, 'served'> {
  if (served?.sha256 !== terms.filter)
    throw new RangeError('"served" expected the set whose digest is "terms.filter"');
  // Its result would be refused, after all was paid.
  if (served !== undefined && terms.mayStop)
    throw new RangeError(
      '"terms.mayStop" expected false with "served": the e-value has a bound at the end alone',
    );
  return served === undefined ? {} : { served };
}

function endpointOf({ endpoint }: AuditTerms): EndpointTerms {
  if (endpoint === undefined) throw new RangeError('"terms" expected those of an endpoint');
  return endpoint;
}

function formOf({ api, readBy }: EndpointTerms): EndpointForm {
  if (readBy === 'echo') return echoForm;
  if (readBy === 'prompt-logprobs') return promptLogprobsForm;
  return api === 'chat' ? chatForm : textForm;
}
