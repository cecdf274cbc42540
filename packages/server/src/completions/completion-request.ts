import type { ChatMessage } from '@countermark/local-model';

/** What a completion is asked for, whichever way. */
export interface CompletionRequest {
  readonly model: string;
  /** A text to go on with, or messages to answer. */
  readonly prompt: string | readonly ChatMessage[];
  /** The parameter that the prompt came in. */
  readonly promptParam: string;
  /** How many answers, at least 1. */
  readonly choices: number;
  readonly maxTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly stops: readonly string[];
  /** What the draws of tokens without the mark follow from; undefined for the system's randomness. */
  readonly seed: number | undefined;
  readonly presencePenalty: number | undefined;
  readonly frequencyPenalty: number | undefined;
  readonly logitBias: ReadonlyMap<number, number>;
  /** How many of the likeliest tokens are listed at each step with their log-probabilities; undefined where none are asked for. */
  readonly logprobs: number | undefined;
}
