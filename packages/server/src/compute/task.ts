/** What the server and its worker threads tell each other. Stays inside the process. */
import type { Normalization, Verdict } from '@countermark/detector';
import type { WatermarkParams } from '@countermark/watermark';
import type { ChosenAccounts } from '../accounts/chosen-accounts.ts';
import type { ErrorWithoutData } from '../http/without-data.ts';
import type { Question } from '../public-tier/repetition.ts';
import type { AnswerJson } from './answer-json.ts';

/** A text, or token ids `[n]`. */
export type Document = string | Uint32Array;

/** Tests a document, and says all that the library does. */
export interface DetectTask {
  readonly kind: 'detect';
  readonly document: Document;
  readonly keyIds: readonly string[];
  readonly normalization: Normalization;
  readonly regions: boolean;
  readonly alpha?: number;
  readonly minTokens?: number;
  /** Whether each token is described. */
  readonly tokens: boolean;
  /** Whether the growth of the evidence is. */
  readonly curve: boolean;
  /** Which accounts are looked for, under the only key. */
  readonly accounts?: AccountsAsked;
  /** Accounts whose slots are read beside the common ones. */
  readonly accountSlots?: ChosenAccounts;
  /** Keys that the document is not tested for, as the answer says it. */
  readonly untested: readonly { readonly keyId: string; readonly reason: string }[];
  /** Under which id the result is kept, if it is. */
  readonly id?: string;
}

/** Accounts that a text is traced to. */
export interface AccountsAsked extends ChosenAccounts {
  readonly alpha: number;
}

/** Tests a document for anybody: nothing but the rounded answer leaves the thread. */
export interface PublicDetectTask {
  readonly kind: 'public-detect';
  readonly document: Document;
  readonly keyIds: readonly string[];
  readonly normalization: Normalization;
  /** How many public keys the document is not tested for. */
  readonly untested: number;
  /** Salt of the tuples' hashes, an integer below 2^32. */
  readonly salt: number;
}

/** Tokenizes a text. */
interface TokenizeTask {
  readonly kind: 'tokenize';
  readonly text: string;
  readonly tokenizer: TokenizerAsked;
}

/** Digests a text, to compare it with another that is not kept. */
interface DigestTask {
  readonly kind: 'digest';
  readonly text: string;
}

/** A tokenizer as keys and clients name it. */
export interface TokenizerAsked {
  readonly name: string;
  /** Undefined where the name is one of the server's list. */
  readonly fingerprint?: string;
}

/** One piece of work of a thread. */
export type Task = DetectTask | PublicDetectTask | TokenizeTask | DigestTask;

/** What a detection came to, as it is sent: JSON is made in the thread, off the event loop. */
export interface DetectAnswer {
  readonly json: AnswerJson;
  readonly verdict: Verdict;
  /** What is kept, where the task has an id: without tokens, which spell the text, and accounts. */
  readonly kept?: string;
}

/** What a public detection came to. */
export interface PublicDetectAnswer {
  readonly json: string;
  readonly verdict: Verdict;
  /** Hashes of the tuples that it was about; of none where the text is too short. */
  readonly question: Question;
}

/** What tokenizing came to. */
export interface TokenizeAnswer {
  readonly json: AnswerJson;
}

/** What digesting came to. */
export interface DigestAnswer {
  /** Uint8Array `[32]`. */
  readonly digest: Uint8Array;
}

/** The answer to a kind of task. */
export type AnswerTo<T extends Task> = T extends DetectTask
  ? DetectAnswer
  : T extends PublicDetectTask
    ? PublicDetectAnswer
    : T extends DigestTask
      ? DigestAnswer
      : TokenizeAnswer;

/** A key on its way to a thread. The secret's buffer is moved there, and wiped. */
export interface PostedKey {
  readonly params: WatermarkParams;
  /** Uint8Array `[32]`. */
  readonly secret: Uint8Array<ArrayBuffer>;
}

/** Tasks that a thread does one after another. */
export interface Batch {
  readonly tasks: readonly Task[];
  /** Keys that the thread may lack. */
  readonly keys: readonly PostedKey[];
}

/** A thread may take so long to start, and to read the tokenizers of a task. */
export const PREPARE_MS = 60_000;

/** How a task ended. */
export type Outcome =
  | { readonly answer: DetectAnswer | PublicDetectAnswer | TokenizeAnswer | DigestAnswer }
  /** The thread has not these keys. */
  | { readonly missing: readonly string[] }
  /** The server has no tokenizer of a key. */
  | { readonly noTokenizer: string }
  /** A fault of ours. Its message is left out: it may hold what a client sent. */
  | { readonly failed: ErrorWithoutData };

/** What a thread is started with. */
export interface WorkerSetup {
  /** Names of the tokenizers, `[n]`. */
  readonly tokenizerNames: readonly string[];
  /** What the library opens each by, `[n]`. */
  readonly tokenizerLocations: readonly string[];
}
