/** Answers on disk, as `countermark audit` reads them: docs/radioactivity.md. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Prediction } from '@countermark/audit';

/** A prompt with its answer, and what the model gave the tokens there. */
export interface PromptedAnswer {
  /** Uint32Array `[n]`. */
  readonly prompt: Uint32Array;
  /** Uint32Array `[n]`, without the prompt. */
  readonly answer: Uint32Array;
  /** `[n]`, its likeliest tokens at each position of the answer. */
  readonly predictions?: readonly Prediction[];
  /** `[n]`, the same of another model that read the answer. */
  readonly reference?: readonly Prediction[];
}

interface Line {
  readonly prompt: number[];
  readonly answer: number[];
  readonly predictions?: Prediction[];
}

/** Reads a file of answers; none if it is not there. A last line that a crash cut off is left out. */
export function readAnswers(path: string): PromptedAnswer[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const { prompt, answer, ...rest } = JSON.parse(line) as Line;
      return { prompt: Uint32Array.from(prompt), answer: Uint32Array.from(answer), ...rest };
    });
}

/** Writes a file of answers anew. */
export function writeAnswers(path: string, answers: readonly PromptedAnswer[]): void {
  writeFileSync(path, linesOf(answers));
}

/** Adds answers to a file. */
export function appendAnswers(path: string, answers: readonly PromptedAnswer[]): void {
  appendFileSync(path, linesOf(answers));
}

function linesOf(answers: readonly PromptedAnswer[]): string {
  return answers
    .map(
      ({ prompt, answer, ...rest }) =>
        `${JSON.stringify({ prompt: [...prompt], answer: [...answer], ...rest })}\n`,
    )
    .join('');
}
