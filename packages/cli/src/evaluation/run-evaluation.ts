import { setImmediate } from 'node:timers/promises';
import {
  type Answer,
  type AttackEvaluation,
  type AttackPlans,
  type AttackResources,
  type AttackTools,
  compareQuality,
  compareVariety,
  evaluateAttacks,
  type MarkedKind,
  type Trial,
  unmarkedText,
  type VarietyCluster,
} from '@countermark/evaluation';
import type { LocalModel } from '@countermark/local-model';
import { type SamplingSettings, seededRandom, type WatermarkKey } from '@countermark/watermark';
import { checkingValues } from '../command-error.ts';
import { say } from '../output.ts';
import type { StartSettings } from '../start-options.ts';
import type { Evaluation } from './evaluation.ts';
import { drawnKey, generateClusters, kindsOf, type PromptAnswers } from './generate-clusters.ts';

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
  readonly start: StartSettings;
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
 * @throws {CommandError} if the key's scheme cannot be sampled so, a prompt leaves no room in the model's context, or all answers are empty.
 */
export async function runEvaluation(open: LocalModel, request: EvaluationRequest): Promise<Evaluation> {
  const {
    key,
    answers,
    tokens,
    sampling,
    start,
    plans,
    leftOut,
    tools,
    alpha,
    minTokens,
    seed,
    signal,
    file,
  } = request;
  const clusters = await generateClusters(open, {
    ...request,
    onProgress: progress('answers', kindsOf(key) * answers),
  });
  const text = file ?? checkingValues(() => unmarkedText(unmarkedAnswers(clusters)));
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
    start,
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
  const wrongKey = drawnKey(key, `${seed} wrong key`);
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
): Promise<Pick<Evaluation, 'quality' | 'variety' | 'qualityLeftOut'>> {
  const each = Math.min(...clusters.map(({ marked }) => marked.length));
  if (clusters.length < 2 || each < 2) {
    return { qualityLeftOut: 'it takes at least two prompts and two answers to each' };
  }
  const report = progress('prompts compared', clusters.length);
  const idsOf = (answers: readonly Answer[]) => answers.slice(0, each).map(({ tokenIds }) => tokenIds);
  const groups = clusters.map(({ prompt, marked, unmarked }) => ({
    prompt,
    marked: idsOf(marked),
    unmarked: idsOf(unmarked),
  }));
  const random = seededRandom(`${seed} bootstrap`);
  const quality = await checkingValues(() =>
    compareQuality(groups, open.model, { random, signal, onProgress: report }),
  );
  return {
    quality,
    variety: compareVariety(
      clusters.map((cluster) => varietyOf(cluster, each)),
      { random },
    ),
  };
}

function varietyOf({ unmarked, marked, byAccounts, byKeys }: PromptAnswers, each: number): VarietyCluster {
  const kinds: readonly [MarkedKind, readonly Answer[]][] = [
    ['one account', marked],
    ['several accounts', byAccounts],
    ['several keys', byKeys],
  ];
  return {
    unmarked: unmarked.slice(0, each),
    marked: new Map(
      kinds
        .filter(([, answers]) => answers.length > 0)
        .map(([kind, answers]) => [kind, answers.slice(0, each)]),
    ),
  };
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
