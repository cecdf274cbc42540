/** What `countermark evaluate` found: the JSON that it prints, but for the model's name. */
import type { AttackEvaluation, AttackPlans, Quality, VarietyComparison } from '@countermark/evaluation';
import type { SamplingSettings, SchemeParams } from '@countermark/watermark';
import type { StartSettings } from '../start-options.ts';

/** A whole evaluation. */
export interface Evaluation {
  readonly object: 'evaluation';
  readonly keyId: string;
  /** Fingerprint of the key's parameters. */
  readonly params: string;
  readonly scheme: SchemeParams;
  readonly sampling: SamplingSettings;
  /** What was asked for in place of the defaults. */
  readonly start: StartSettings;
  readonly alpha: number;
  readonly minTokens: number;
  readonly seed: string;
  readonly prompts: number;
  /** Answers of each kind. */
  readonly answers: number;
  /** Tokens of each answer that were asked for. */
  readonly tokens: number;
  /** Where the text comes from that answers are mixed and spliced with. */
  readonly unmarkedText: {
    readonly source: 'model' | 'file';
    readonly file?: string;
    readonly words: number;
  };
  /** The tokenizer of the attacks `round-trip` and `token-by-token`. */
  readonly foreignTokenizer?: string;
  /** Marked answers whose text is tokenized to the ids that were generated. */
  readonly canonical: number;
  readonly rows: AttackEvaluation['rows'];
  readonly leftOut: AttackPlans['leftOut'];
  /** All tests of text that the key had no part in, and how many detected a mark. */
  readonly controls: { readonly tests: number; readonly detected: number };
  /** Absent where it cannot be compared; `qualityLeftOut` then says why. */
  readonly quality?: Quality;
  /** How alike answers to one prompt are; absent with `quality`. */
  readonly variety?: VarietyComparison;
  readonly qualityLeftOut?: string;
}
