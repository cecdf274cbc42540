import { openTokenizer, type Tokenizer } from '@countermark/watermark/tokenizer';
import { get_encoding, type Tiktoken, type TiktokenEncoding } from 'tiktoken';
import { afterAll, beforeAll } from 'vitest';

/** Our tokenizer of an encoding, and tiktoken's. */
export interface WithOracle {
  readonly tokenizer: Tokenizer;
  readonly oracle: Tiktoken;
}

/** Opens both before the tests of the suite that calls this, and closes them after these. */
export function withOracle(name: TiktokenEncoding): WithOracle {
  let opened: WithOracle;
  beforeAll(async () => {
    opened = { tokenizer: await openTokenizer(name), oracle: get_encoding(name) };
  });
  afterAll(() => {
    opened.tokenizer.close();
    opened.oracle.free();
  });
  return {
    get tokenizer() {
      return opened.tokenizer;
    },
    get oracle() {
      return opened.oracle;
    },
  };
}

/**
 * Returns the byte of `text` at which our ids part from those of tiktoken, or `undefined` where they are equal.
 *
 * tiktoken itself is the oracle: its WebAssembly engine shares nothing with ours but the ranks.
 */
export function firstDifference(
  tokenizer: Tokenizer,
  oracle: Pick<Tiktoken, 'encode_ordinary'>,
  text: string,
): number | undefined {
  const own = tokenizer.encode(text);
  const theirs = oracle.encode_ordinary(text);
  let bytes = 0;
  for (let i = 0; i < Math.max(own.length, theirs.length); i++) {
    if (own[i] !== theirs[i]) {
      for (const tokenId of own.subarray(0, i)) bytes += tokenizer.tokenBytes(tokenId).length;
      return bytes;
    }
  }
  return undefined;
}
