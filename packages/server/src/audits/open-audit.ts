/** An audit in its thread: what it reads, what it fixes, and its run. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import {
  AuditError,
  type AuditTerms,
  type AuditVerdict,
  auditEndpoint,
  ContextSet,
  fixEndpointTerms,
  fixTerms,
  parseQuestion,
  type Question,
  questionForm,
  termsDigest,
} from '@countermark/audit';
import { htmlAuditReport } from '@countermark/audit/report';
import { usedSoftware } from '@countermark/detector';
import { writeWhole } from '@countermark/host/files';
import { parseKeyFile, type WatermarkKey } from '@countermark/watermark';
import { openTokenizer, type Tokenizer } from '@countermark/watermark/tokenizer';
import type { EndpointSecret } from '../store/endpoint-secrets.ts';
import { AuditControl } from './audit-control.ts';
import { AUDIT_FILES } from './audit-directories.ts';
import type { AuditRequest } from './audit-request.ts';

/** What an audit's thread is started with. Stays in the process: it holds secrets. */
export interface AuditSetup {
  readonly request: AuditRequest;
  /** Text of the key file. */
  readonly keyFile: string;
  /** Names or paths of tokenizers, one of which is the key's. */
  readonly tokenizers: readonly string[];
  readonly secret: EndpointSecret;
  /** Paths of the audit's files. */
  readonly files: Readonly<Record<keyof typeof AUDIT_FILES, string>>;
  readonly version: string;
  readonly control: SharedArrayBuffer;
}

/** What the thread is asked: to fix the terms, or to audit by terms that are fixed. */
export interface AuditCall {
  readonly terms?: AuditTerms;
}

/** What it answers. */
export interface AuditAnswer {
  readonly terms: AuditTerms;
  readonly verdict?: AuditVerdict;
}

/** The thread looks so often whether the audit is still wanted. */
const LOOK_MS = 100;

/** An audit whose files are read. Close it. */
export class OpenAudit {
  readonly #setup: AuditSetup;
  readonly #key: WatermarkKey;
  readonly #tokenizer: Tokenizer;
  readonly #questions: readonly Question[];
  readonly #served: ContextSet | undefined;
  readonly #terms: AuditTerms;
  readonly #prompts: string;

  /**
   * Reads what an audit needs, and fixes its terms.
   *
   * @throws {AuditError} `plan-differs` if these are not those that were planned.
   */
  static async open(setup: AuditSetup): Promise<OpenAudit> {
    const { request, keyFile, tokenizers, secret, files } = setup;
    const key = parseKeyFile(keyFile);
    const bytes = await readFile(files.prompts);
    const prompts = createHash('sha256').update(bytes).digest('hex');
    const { test, endpoint, served: path, plan } = request;
    const wishes = { ...endpoint, access: test.access, address: secret.address };
    const form = questionForm(wishes);
    const lines = bytes.toString('utf8').trimEnd().split('\n');
    const questions = lines.map((line) => parseQuestion(JSON.parse(line), form));
    const served = path === undefined ? undefined : await readSet(path);
    const terms = fixTerms(
      key,
      test,
      { excluded: [], filter: served?.sha256 },
      fixEndpointTerms(wishes, { sha256: prompts, count: questions.length }),
    );
    if (plan !== undefined && termsDigest(terms) !== plan)
      throw new AuditError(
        'plan-differs',
        `the digest of its terms is ${termsDigest(terms)}, not that of the plan`,
      );
    const tokenizer = await tokenizerOf(key, tokenizers);
    return new OpenAudit(setup, { key, tokenizer, questions, served, terms, prompts });
  }

  private constructor(
    setup: AuditSetup,
    read: {
      readonly key: WatermarkKey;
      readonly tokenizer: Tokenizer;
      readonly questions: readonly Question[];
      readonly served: ContextSet | undefined;
      readonly terms: AuditTerms;
      readonly prompts: string;
    },
  ) {
    this.#setup = setup;
    this.#key = read.key;
    this.#tokenizer = read.tokenizer;
    this.#questions = read.questions;
    this.#served = read.served;
    this.#terms = read.terms;
    this.#prompts = read.prompts;
  }

  /** Answers whoever started the thread. */
  async answer({ terms }: AuditCall): Promise<AuditAnswer> {
    if (terms === undefined) return { terms: this.#terms };
    return { terms, verdict: await this.#run(terms) };
  }

  /** Lets go of what it holds. */
  close(): void {
    this.#tokenizer.close();
  }

  async #run(terms: AuditTerms): Promise<AuditVerdict> {
    const { request, secret, files, version, control: memory } = this.#setup;
    const control = new AuditControl(memory);
    const stop = new AbortController();
    const cut = new AbortController();
    const timer = setInterval(() => {
      if (control.wanted !== 'all') stop.abort(new Error('the audit was stopped'));
      if (control.wanted === 'nothing') cut.abort();
    }, LOOK_MS);
    const { concurrency, timeoutMs, served: path } = request;
    const served = this.#served;
    const input = (name: string, sha256: string) => ({ name, kind: 'file', sha256 }) as const;
    try {
      const result = await auditEndpoint(
        this.#key,
        {
          tokenizer: this.#tokenizer,
          terms,
          questions: this.#questions,
          ...(served === undefined ? {} : { served }),
          journal: files.journal,
          access: { ...secret, timeoutMs },
          concurrency,
          onProgress: (progress) => control.tell(progress),
          signal: stop.signal,
          cut: cut.signal,
        },
        {
          software: usedSoftware(version),
          inputs: [
            input(AUDIT_FILES.prompts, this.#prompts),
            ...(served === undefined ? [] : [input(path ?? '', served.sha256)]),
          ],
        },
      );
      await writeWhole(files.result, `${JSON.stringify(result)}\n`);
      await writeWhole(files.report, htmlAuditReport(result));
      return result.verdict;
    } catch (error) {
      // What a library refuses of the terms it would refuse again.
      if (!(error instanceof RangeError)) throw error;
      throw new AuditError('endpoint-refused', error.message, { cause: error });
    } finally {
      clearInterval(timer);
    }
  }
}

async function readSet(path: string): Promise<ContextSet> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) throw new AuditError('plan-damaged', `${path}: there is no such file`);
  return ContextSet.read(path);
}

async function tokenizerOf({ params }: WatermarkKey, locations: readonly string[]): Promise<Tokenizer> {
  for (const location of locations) {
    const tokenizer = await openTokenizer(location);
    if (tokenizer.fingerprint === params.tokenizer.fingerprint) return tokenizer;
    tokenizer.close();
  }
  throw new AuditError('plan-damaged', "the server has no tokenizer that is the key's");
}
