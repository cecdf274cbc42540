/** An audit of a scripted endpoint in the tests' laboratory. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AuditTerms,
  auditEndpoint,
  type EndpointAuditOptions,
  type EndpointAuditResult,
  type EndpointTerms,
  type Question,
} from '@countermark/audit';
import { seededRandom, type WatermarkKey } from '@countermark/watermark';
import { afterAll, afterEach } from 'vitest';
import {
  type Asked,
  chatAnswer,
  type Reply,
  type ScriptedEndpoint,
  startEndpoint,
} from '../../support/scripted-endpoint.ts';
import { LETTERS, laboratoryKey, VOCABULARY } from '../laboratory.ts';

export const SOFTWARE = { countermark: 'test', textUnicode: '16.0' };
export const key: WatermarkKey = laboratoryKey('served');

/** What a test file audits endpoints with; all of it is removed afterwards. */
export interface EndpointDesk {
  /** A path for another journal. */
  newJournal(): string;
  /** Starts an endpoint for one test. */
  scripted(script: (asked: Asked) => Reply | Promise<Reply>): Promise<ScriptedEndpoint>;
  /** Audits an endpoint. */
  audited(url: string, trial?: Trial): Promise<EndpointAuditResult>;
}

/** Makes a desk for a test file. */
export function endpointDesk(): EndpointDesk {
  const directory = mkdtempSync(join(tmpdir(), 'countermark-endpoint-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const started: ScriptedEndpoint[] = [];
  afterEach(async () => {
    for (const endpoint of started.splice(0)) await endpoint.close();
  });
  let journals = 0;
  const newJournal = (): string => join(directory, `${++journals}.journal`);
  return {
    newJournal,
    async scripted(script) {
      const endpoint = await startEndpoint(script);
      started.push(endpoint);
      return endpoint;
    },
    audited: (url, trial = {}) => audit(url, { journal: newJournal(), ...trial }),
  };
}

/** Random letters: the same for the same seed. */
export function letters(seed: string, count: number): string {
  const random = seededRandom(seed);
  return LETTERS.decode(Array.from({ length: count }, () => Math.floor(VOCABULARY * random())));
}

/** Prompts, each its own. */
const promptsOf = (count: number): Question[] =>
  Array.from({ length: count }, (_, i) => ({ prompt: letters(`prompt ${i}`, 8) }));

/** An answer that depends on the prompt alone. */
export const honest = ({ prompt }: Asked): Reply => ({
  body: chatAnswer(letters(`answer to ${prompt}`, 30)),
});

/** What is asked, changed as a test needs it. */
interface Trial extends Partial<Omit<EndpointAuditOptions, 'questions' | 'access' | 'terms'>> {
  readonly prompts?: number;
  readonly apiKey?: string;
  readonly timeoutMs?: number;
  readonly endpoint?: Partial<EndpointTerms>;
  readonly terms?: Partial<AuditTerms>;
  readonly questions?: readonly Question[];
  readonly of?: WatermarkKey;
}

function audit(url: string, trial: Trial & { readonly journal: string }): Promise<EndpointAuditResult> {
  const { prompts = 12, apiKey, timeoutMs = 20_000, endpoint = {}, terms = {}, of = key, ...others } = trial;
  const questions = trial.questions ?? promptsOf(prompts);
  return auditEndpoint(
    of,
    {
      tokenizer: LETTERS,
      firstWaitMs: 1,
      ...others,
      questions,
      access: { address: url, apiKey, timeoutMs },
      terms: {
        keyId: of.keyId,
        params: of.fingerprint,
        access: 'answers',
        statistic: 'drawn',
        alpha: 1e-3,
        minContexts: 10,
        decoys: 0,
        mayStop: false,
        excluded: [],
        endpoint: {
          address: 'http://127.0.0.1/v1',
          addressDigest: '0'.repeat(64),
          model: 'suspect',
          api: 'chat',
          prompts: { sha256: '0'.repeat(64), count: questions.length },
          answers: 1,
          temperature: 1,
          maxTokens: 40,
          logprobs: 0,
          budget: { requests: 1000 },
          ...endpoint,
        },
        ...terms,
      },
    },
    { software: SOFTWARE, inputs: [] },
  );
}

/** The lines of a journal. */
export function linesOf(journal: string): { readonly kind: string; readonly [name: string]: unknown }[] {
  return readFileSync(journal, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** How many lines of a kind a journal has. */
export const countOf = (journal: string, kind: string): number =>
  linesOf(journal).filter((line) => line.kind === kind).length;
