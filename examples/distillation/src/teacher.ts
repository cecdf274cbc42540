/** The teacher: the bundled model, asked by one account. Its answers are kept, so that a second run does not wait for them. */
import { join } from 'node:path';
import { batchedAnswers } from '@countermark/bench/batched-answers';
import { createPlainSampler, seededRandom, type TokenSampler, Watermarker } from '@countermark/watermark';
import { appendAnswers, type PromptedAnswer, readAnswers, writeAnswers } from './answer-file.ts';
import { type KeyTokenizer, keyOf, type Mark } from './marks.ts';

/** Tokens of each answer. */
export const ANSWER_TOKENS = 128;

const BATCH = 64;

/** What the teacher is asked. */
export interface Lesson {
  /** Names the file; answers of one name are the same in every run. */
  readonly name: string;
  /** Undefined for answers without a mark. */
  readonly mark: Mark | undefined;
  readonly temperature: number;
  /** One answer to each, all of one length. */
  readonly prompts: readonly Uint32Array[];
}

/**
 * Lets the teacher answer, or reads what it answered in an earlier run.
 *
 * @param directory of the answers.
 * @param report    is told how many answers are there.
 */
export async function teach(
  directory: string,
  { name, mark, temperature, prompts }: Lesson,
  tokenizer: KeyTokenizer,
  report: (answers: number) => void,
): Promise<PromptedAnswer[]> {
  const path = join(directory, `${name}.jsonl`);
  // Batches are whole: what a run that was broken off left of one is made again.
  const kept = readAnswers(path);
  const answers = kept.slice(0, kept.length - (kept.length < prompts.length ? kept.length % BATCH : 0));
  if (answers.length >= prompts.length) return answers.slice(0, prompts.length);
  writeAnswers(path, answers);
  const key = mark === undefined ? undefined : keyOf(mark, tokenizer);
  const watermarker = key === undefined ? undefined : new Watermarker(key);
  const sampling = { temperature };
  for (let from = answers.length; from < prompts.length; from += BATCH) {
    const batch = prompts.slice(from, from + BATCH);
    const samplers = batch.map((prompt, i): TokenSampler => {
      const random = seededRandom(`${name} ${from + i}`);
      return (
        watermarker?.start({ prompt, accountId: 'the student', sampling, random }) ??
        createPlainSampler(tokenizer.vocabSize, sampling, random)
      );
    });
    const written = await batchedAnswers(batch, samplers, ANSWER_TOKENS);
    const made = written.map(({ tokenIds }, i) => ({ prompt: batch[i]!, answer: tokenIds }));
    appendAnswers(path, made);
    answers.push(...made);
    report(answers.length);
  }
  watermarker?.close();
  return answers;
}
