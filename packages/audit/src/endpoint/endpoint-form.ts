import type { SuspectToken } from '../read/suspect-token.ts';
import type { EndpointTerms } from '../terms/audit-terms.ts';
import type { Question } from './question.ts';

/** What a suspect answered, or predicted of a text. */
export interface SuspectAnswer {
  /** A record as `audit` reads it. */
  readonly record: {
    readonly before?: readonly string[];
    readonly answer: string;
    readonly tokens?: readonly SuspectToken[];
    readonly asked?: number;
  };
  /** The endpoint's own word for a refusal. */
  readonly isRefusal: boolean;
  readonly finish?: string | undefined;
  readonly model?: string | undefined;
  /** What it cost, as the endpoint says. */
  readonly usage?: { readonly input: number; readonly output: number } | undefined;
}

/** One way of asking an endpoint. */
export interface EndpointForm {
  /** Follows the endpoint's address. */
  readonly path: string;
  /** The body of a request. */
  body(question: Question, terms: EndpointTerms, seed: number | undefined): Readonly<Record<string, unknown>>;
  /** Reads what was answered; undefined if it is no such answer. */
  read(value: unknown, question: Question, terms: EndpointTerms): SuspectAnswer | undefined;
}
