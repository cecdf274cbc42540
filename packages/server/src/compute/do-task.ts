import { detect } from './detect.ts';
import { digestText } from './digest-text.ts';
import type { KeyRing } from './key-ring.ts';
import { publicDetect } from './public-detect.ts';
import type { Outcome, Task } from './task.ts';
import { tokenize } from './tokenize.ts';
import type { OpenTokenizer, WorkerTokenizers } from './worker-tokenizers.ts';

/**
 * Does one task with what the thread has.
 *
 * @param begin called when all is there and the work itself begins.
 */
export async function doTask(
  task: Task,
  ring: KeyRing,
  tokenizers: WorkerTokenizers,
  begin: () => void,
): Promise<Outcome> {
  if (task.kind === 'digest') {
    begin();
    return { answer: digestText(task.text) };
  }
  if (task.kind === 'tokenize') {
    const found = await tokenizers.find(task.tokenizer);
    if (found === undefined) return { noTokenizer: task.tokenizer.name };
    begin();
    return { answer: tokenize(task.text, found) };
  }
  const keys = task.keyIds.flatMap((keyId) => ring.get(keyId) ?? []);
  if (keys.length < task.keyIds.length) {
    return { missing: task.keyIds.filter((keyId) => keys.every((key) => key.keyId !== keyId)) };
  }
  const opened: OpenTokenizer[] = [];
  if (typeof task.document === 'string') {
    for (const { params } of keys) {
      const found = await tokenizers.find(params.tokenizer);
      if (found === undefined) return { noTokenizer: params.tokenizer.name };
      if (!opened.includes(found)) opened.push(found);
    }
  }
  const tools = { ring, keys, tokenizers: opened.map(({ tokenizer }) => tokenizer) };
  begin();
  return { answer: task.kind === 'detect' ? detect(task, tools) : publicDetect(task, tools) };
}
