import type { WatermarkKey } from '@countermark/watermark';
import { openTokenizers, type Tokenizer } from '@countermark/watermark/tokenizer';
import { closeTokenizers, tokenizerNamesOf } from '../tokenizers.ts';

/** What the keys' tokenizer calls token ids. */
export interface TokenNames {
  /** The token's bytes as text; undefined where it has none, or the tokenizer is not known. */
  of(id: number): Promise<string | undefined>;
  close(): Promise<void>;
}

/**
 * Looks token ids up in the tokenizer of the first key, which is opened when the first is asked for. Token ids are scanned without a
 * tokenizer too: then none has a name.
 *
 * @param paths `--tokenizer` values.
 */
export function tokenNames(keys: readonly WatermarkKey[], paths: readonly string[]): TokenNames {
  const fingerprint = keys[0]?.params.tokenizer.fingerprint;
  let opened: Promise<readonly Tokenizer[]> | undefined;
  return {
    async of(id) {
      opened ??= openTokenizers(tokenizerNamesOf(keys.slice(0, 1), paths));
      const tokenizer = (await opened).find((one) => one.fingerprint === fingerprint);
      if (tokenizer === undefined || id >= tokenizer.vocabSize) return undefined;
      try {
        return Buffer.from(tokenizer.tokenBytes(id)).toString();
      } catch (error) {
        // A gap in the vocabulary.
        if (error instanceof RangeError) return undefined;
        throw error;
      }
    },
    async close() {
      closeTokenizers((await opened?.catch(() => [])) ?? []);
    },
  };
}
