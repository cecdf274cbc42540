/** What the answers say of themselves, apart from all evidence: where to look, and never part of a p-value. */
import { clopperPearson } from '@countermark/detector/stats';
import {
  contentHash,
  createIdentityCounter,
  type DiversityMeasures,
  DocumentSample,
  IdentityTally,
  measureDiversity,
} from '@countermark/hints';

/** How many answers claim to be one vendor's assistant. */
export interface ClaimedVendor {
  /** The vendor's id, as in `ASSISTANTS` of `@countermark/hints`. */
  readonly assistant: string;
  /** Answers that claim it. */
  readonly answers: number;
  /** The same as a share of all answers with a text, and its interval of 95 %, if answers are independent: Clopper and Pearson. */
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** An answer with a claim. */
interface ClaimExample {
  /** Number of the answer among those with a text, from 0. */
  readonly answer: number;
  readonly assistant: string;
  readonly language: string;
  /** At most 160 characters around the claim. */
  readonly snippet: string;
}

/** Leads of an audit. */
export interface AuditLeadsResult {
  /** Answers whose text is known; repeated ones count. */
  readonly answers: number;
  readonly identity: {
    /** Answers that say in the first person which assistant they are. */
    readonly claiming: number;
    /** Answers that say which one they are not. */
    readonly denying: number;
    /** The most claimed first. */
    readonly vendors: readonly ClaimedVendor[];
    readonly examples: readonly ClaimExample[];
  };
  /** How varied different answers are, each once. */
  readonly diversity: DiversityMeasures;
}

/** Collects the leads of answers. */
export class AuditLeads {
  readonly #counter = createIdentityCounter();
  readonly #tally = new IdentityTally();
  readonly #sample = new DocumentSample();
  readonly #vendors = new Map<string, number>();
  #answers = 0;

  /** Adds the text of an answer. */
  add(text: string): void {
    const hash = contentHash([text]);
    const statements = this.#counter.read(text);
    this.#tally.add(hash, { file: '', record: this.#answers }, [text], [statements]);
    this.#answers++;
    for (const assistant of new Set(statements.claims.map((claim) => claim.assistant))) {
      this.#vendors.set(assistant, (this.#vendors.get(assistant) ?? 0) + 1);
    }
    this.#sample.add(hash, [text]);
  }

  /** Yields the leads; undefined where no text is known. */
  result(): AuditLeadsResult | undefined {
    const all = this.#answers;
    if (all === 0) return undefined;
    const { documentsWithClaim, documentsWithDenial, examples } = this.#tally.toJSON();
    return {
      answers: all,
      identity: {
        claiming: documentsWithClaim,
        denying: documentsWithDenial,
        vendors: [...this.#vendors]
          .map(([assistant, answers]) => ({
            assistant,
            answers,
            share: answers / all,
            ...clopperPearson(all, answers),
          }))
          .sort((a, b) => b.answers - a.answers || (a.assistant < b.assistant ? -1 : 1)),
        examples: examples.map(({ record, assistant, language, snippet }) => ({
          answer: record,
          assistant,
          language,
          snippet,
        })),
      },
      diversity: measureDiversity(this.#sample.documents().map(({ text }) => text)),
    };
  }
}
