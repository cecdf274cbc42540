/** Human text in tokens of the demo tokenizer, and a model of it. */
import { demoModelFiles } from '@countermark/demo-model';
import { humanText } from '@countermark/fixtures';
import { openTokenizer } from '@countermark/watermark/tokenizer';
import { type MarkovModel, trainMarkovModel } from './markov-model.ts';

/** What natural texts and answers are made from. */
export interface Source {
  readonly tokenIds: Uint32Array;
  readonly model: MarkovModel;
}

/** Reads prose and e-mail, some millions of tokens. */
export async function openSource(): Promise<Source> {
  const tokenizer = await openTokenizer(demoModelFiles().tokenizer);
  const tokenIds = Uint32Array.from(tokenizer.encode(humanText('prose')));
  const { vocabSize } = tokenizer;
  tokenizer.close();
  return { tokenIds, model: trainMarkovModel(tokenIds, vocabSize) };
}
