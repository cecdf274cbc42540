/** The laboratory in small: an n-gram model of human text teaches. */
import { demoModelFiles } from '@countermark/demo-model';
import { keyOf, MAIN_MARK, NgramStudent, ngramAnswers, type PromptedAnswer } from '@countermark/distillation';
import { humanDocuments } from '@countermark/fixtures';
import type { WatermarkKey } from '@countermark/watermark';
import { openTokenizer } from '@countermark/watermark/tokenizer';

const TOKENS = 64;

const tokenizer = await openTokenizer(demoModelFiles().tokenizer);
const documents = humanDocuments('prose', 400)
  .slice(0, 900)
  .map((text) => tokenizer.encode(text));
const { vocabSize, fingerprint } = tokenizer;
export const key: WatermarkKey = keyOf(MAIN_MARK, tokenizer);
tokenizer.close();

/** What a key says of its tokenizer. */
export const keyTokenizer = { vocabSize, fingerprint };
export const prompts: readonly Uint32Array[] = documents.map((ids) => ids.slice(0, 8));
/** The teacher. */
const human = new NgramStudent(documents, vocabSize);

/** Answers of the teacher to some of the prompts, marked under a key if there is one. */
export function answers(under: WatermarkKey | undefined, from: number, count: number): PromptedAnswer[] {
  return ngramAnswers(human, under, prompts.slice(from, from + count), TOKENS, `taught ${from}`);
}
