import type { WatermarkKey } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { ServedAudit } from '../contexts/served-option.ts';
import type { StableInput } from './stable-input.ts';

/** What is read of an audit, all of it open. */
export interface OpenedAudit {
  readonly key: WatermarkKey;
  /** The key's, where it is known. */
  readonly tokenizer: Tokenizer | undefined;
  /** Records whose contexts do not count. */
  readonly excluded: readonly StableInput[];
  /** The contexts that count alone, if only some do. */
  readonly served: ServedAudit;
}
