import type { MarkKey } from '@countermark/watermark/scheme';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import { DetectorError } from '../errors.ts';

/**
 * Returns the tokenizer that a key belongs to.
 *
 * @throws {DetectorError} `tokenizer-mismatch` if it is not among those given.
 */
export function tokenizerOf(key: MarkKey, tokenizers: readonly Tokenizer[]): Tokenizer {
  const { name, fingerprint } = key.params.tokenizer;
  const tokenizer = tokenizers.find((candidate) => candidate.fingerprint === fingerprint);
  if (tokenizer !== undefined) return tokenizer;
  throw new DetectorError(
    'tokenizer-mismatch',
    `the key belongs to tokenizer ${name} with fingerprint ${fingerprint}, which was not given`,
  );
}
