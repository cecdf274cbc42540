import type { FoundTokenizerFile } from './read-tokenizer-file.node.ts';

/**
 * Stands for the reading of files where there are none.
 *
 * @throws {Error} always, saying what to do instead.
 */
export async function readTokenizerFile(_path: string): Promise<FoundTokenizerFile> {
  throw new Error('no files can be read here: give the bytes of the tokenizer.json to parseTokenizerJson');
}
