/** Students that PyTorch trains, in a program of its own: students/student.py. What it writes is kept, so that a second run reads it. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PromptedAnswer, readAnswers, writeAnswers } from './answer-file.ts';
import type { Origin, Suspect } from './suspect.ts';

/** Where and how neural students are made. */
export interface NeuralSettings {
  readonly directory: string;
  /** A Python that has PyTorch. */
  readonly python: string;
  /** Over the training text. */
  readonly passes: number;
}

/** What makes a neural student. */
export interface NeuralLesson {
  readonly texts: readonly PromptedAnswer[];
  /** Weights to go on from; undefined for a student from scratch. */
  readonly from?: string;
  /** Weights of the innocent student that reads along; undefined for the innocent itself. */
  readonly reference?: string;
}

const PROGRAM = fileURLToPath(new URL('../students/student.py', import.meta.url));
const TOKENS = 128;

/**
 * Trains a neural student.
 *
 * @returns its weights.
 * @throws {Error} if Python or PyTorch is missing, or fails; what they say is on standard error.
 */
export function trainNeural(name: string, lesson: NeuralLesson, settings: NeuralSettings): string {
  const weights = weightsOf(name, lesson, settings);
  if (!existsSync(weights)) run(name, lesson, settings, [], undefined);
  return weights;
}

/** Trains a neural student, lets it answer prompts and read answers, and its reference read all of it. */
export function askNeural(
  origin: Origin,
  lesson: NeuralLesson,
  settings: NeuralSettings,
  prompts: readonly Uint32Array[],
  texts: readonly (readonly PromptedAnswer[])[],
): Suspect {
  const name = [origin.mark, origin.share, origin.variant].join(' ').trim().replaceAll(' ', '-');
  const path = (what: string): string => `${weightsOf(name, lesson, settings).slice(0, -3)}-${what}.jsonl`;
  const nothing = new Uint32Array(0);
  const asked = digestOf(prompts.map((prompt) => ({ prompt, answer: nothing })));
  const out = path(`said-${asked}`);
  const reads = texts.map((each) => [each, path(`read-${digestOf(each)}`)] as const);
  if ([out, ...reads.map(([, file]) => file)].some((file) => !existsSync(file))) {
    const inputs = reads.map(([each, file]) => {
      const source = file.replace(/\.jsonl$/, '.texts');
      writeAnswers(source, each);
      return [source, file] as const;
    });
    const asks = path('asked');
    writeAnswers(
      asks,
      prompts.map((prompt) => ({ prompt, answer: nothing })),
    );
    run(name, lesson, settings, inputs, { prompts: asks, out, tokens: TOKENS, temperature: 1 });
  }
  return {
    origin,
    answers: readAnswers(out),
    read: (answers) => {
      if (answers.length === 0) return [];
      const found = reads.find(([each]) => each === answers || digestOf(each) === digestOf(answers));
      if (found === undefined) throw new RangeError('"answers" expected those that it was given to read');
      return readAnswers(found[1]);
    },
  };
}

function run(
  name: string,
  lesson: NeuralLesson,
  settings: NeuralSettings,
  read: readonly (readonly [string, string])[],
  answer: object | undefined,
): void {
  mkdirSync(settings.directory, { recursive: true });
  const weights = weightsOf(name, lesson, settings);
  const train = weights.replace(/\.pt$/, '-trained-on.jsonl');
  writeAnswers(train, lesson.texts);
  const { from = null, reference = null } = lesson;
  const spec = weights.replace(/\.pt$/, '.json');
  const { passes, python } = settings;
  writeFileSync(
    spec,
    JSON.stringify({ train, from, weights, passes, reference, read, answer: answer ?? null, seed: 1 }),
  );
  const { status, error } = spawnSync(python, [PROGRAM, spec], {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  });
  if (error !== undefined) throw new Error(`${python}: ${error.message}`);
  if (status !== 0) throw new Error(`${python}: ended with status ${status}; PyTorch is needed`);
}

/** The file of a student's weights: another one where anything that made it is different. */
function weightsOf(name: string, { texts, from }: NeuralLesson, settings: NeuralSettings): string {
  const digest = digestOf(texts, `${from} ${settings.passes}`);
  return resolve(join(settings.directory, `${name}-${digest}.pt`));
}

function digestOf(texts: readonly PromptedAnswer[], more = ''): string {
  const hash = createHash('sha256').update(more);
  for (const { prompt, answer } of texts) hash.update(prompt).update(answer);
  return hash.digest('hex').slice(0, 12);
}
