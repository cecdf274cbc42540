import { setImmediate } from 'node:timers/promises';
import {
  type Answer,
  type AttackEvaluation,
  type AttackPlans,
  type AttackResources,
  type AttackTools,
  compareQuality,
  evaluateAttacks,
  type Quality,
  type Trial,
  unmarkedText,
} from '@countermark/evaluation';
import type { LocalModel } from '@countermark/local-model';
import { type SamplingSettings, seededRandom, WatermarkKey } from '@countermark/watermark';
import { say } from '../output.ts';
import type { Evaluation } from './evaluation.ts';
import { generateClusters, type PromptAnswers } from './generate-clusters.ts';

/** Text without the mark, and the file that it is from. */
export interface UnmarkedFile extends Pick<AttackResources, 'unmarkedSentences' | 'unmarkedWords'> {
  readonly name: string;
}

/** What is evaluated. */
export interface EvaluationRequest extends AttackPlans {
  readonly key: WatermarkKey;
  readonly prompts: readonly string[];
  readonly answers: number;
  readonly tokens: number;
  readonly sampling: SamplingSettings;
  readonly tools: AttackTools;
  readonly alpha: number;
  readonly minTokens: number;
  readonly seed: string;
  readonly signal: AbortSignal;
  /** What answers are mixed and spliced with; undefined stands for the unmarked answers. */
  readonly file: UnmarkedFile | undefined;
}

/**
 * Generates answers, attacks them and compares their quality; progress goes to standard error.
 *
 * @throws {RangeError} if the key's scheme cannot be sampled so, or a prompt leaves no room in the model's context.
 */
export async function runEvaluation(open: LocalModel, request: EvaluationRequest): Promise<Evaluation> {
  const { key, answers, tokens, sampling, plans, leftOut, tools, alpha, minTokens, seed, signal, file } =
    request;
  const clusters = await generateClusters(open, { ...request, onProgress: progress('answers', 2 * answers) });
  const text = file ?? unmarkedText(unmarkedAnswers(clusters));
  const settings = { tokenizer: open.tokenizer, alpha, minTokens, seed };
  const run = evaluateAttacks(trialsOf(key, clusters, seed), plans, { ...tools, ...text }, settings);
  const { rows, canonical } = await complete(run, answers, signal);
  const controls = rows.flatMap(({ unmarked, wrongKey }) => [unmarked, wrongKey]);
  return {
    object: 'evaluation',
    keyId: key.keyId,
    params: key.fingerprint,
    scheme: key.params.scheme,
    sampling,
    alpha,
    minTokens,
    seed,
    prompts: clusters.length,
    answers,
    tokens,
    unmarkedText: {
      ...(file === undefined ? { source: 'model' } : { source: 'file', file: file.name }),
      words: text.unmarkedWords.length,
    },
    ...(tools.foreignTokenizer === undefined ? {} : { foreignTokenizer: tools.foreignTokenizer.name }),
    canonical,
    rows,
    leftOut,
    controls: {
      tests: controls.reduce((sum, { documents }) => sum + documents, 0),
      detected: controls.reduce((sum, { detected }) => sum + detected, 0),
    },
    ...(await qualityOf(open, clusters, seed, signal)),
  };
}

function unmarkedAnswers(clusters: readonly PromptAnswers[]): string {
  return clusters.flatMap(({ unmarked }) => unmarked.map(({ text }) => text)).join('\n\n');
}

function trialsOf(key: WatermarkKey, clusters: readonly PromptAnswers[], seed: string): Trial[] {
  const random = seededRandom(`${seed} wrong key`);
  const secret = Uint8Array.from({ length: 32 }, () => Math.floor(256 * random()));
  const wrongKey = new WatermarkKey(key.params, secret);
  return clusters.flatMap(({ marked, unmarked }) =>
    marked.map((answer, i) => ({ key, wrongKey, marked: answer, unmarked: unmarked[i] as Answer })),
  );
}

// Between two answers Ctrl-C is listened to.
async function complete(
  run: ReturnType<typeof evaluateAttacks>,
  answers: number,
  signal: AbortSignal,
): Promise<AttackEvaluation> {
  const report = progress('attacked', answers);
  for (;;) {
    const step = run.next();
    if (step.done === true) return step.value;
    report(step.value.trials);
    await setImmediate();
    signal.throwIfAborted();
  }
}

async function qualityOf(
  open: LocalModel,
  clusters: readonly PromptAnswers[],
  seed: string,
  signal: AbortSignal,
): Promise<{ readonly quality: Quality } | { readonly qualityLeftOut: string }> {
  const each = Math.min(...clusters.map(({ marked }) => marked.length));
  if (clusters.length < 2 || each < 2) {
    return { qualityLeftOut: 'it takes at least two prompts and two answers to each' };
  }
  const report = progress('prompts compared', clusters.length);
  const groups = clusters.map(({ prompt, marked, unmarked }) => ({
    prompt,
    marked: marked.slice(0, each).map(({ tokenIds }) => tokenIds),
    unmarked: unmarked.slice(0, each).map(({ tokenIds }) => tokenIds),
  }));
  const random = seededRandom(`${seed} bootstrap`);
  return { quality: await compareQuality(groups, open.model, { random, signal, onProgress: report }) };
}

// A line on standard error for each tenth.
function progress(what: string, all: number): (done: number) => void {
  let tenths = 0;
  return (done) => {
    const reached = Math.floor((10 * done) / all);
    if (reached > tenths) say(`${what}: ${done} of ${all}`);
    tenths = Math.max(tenths, reached);
  };
}
