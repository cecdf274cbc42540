/** The crime and its detection: which students are trained, and how each is audited. */
import type { PromptedAnswer } from './answer-file.ts';
import { auditStudent } from './audit-student.ts';
import { type MarkedAnswers, ONE_SHARE } from './lessons.ts';
import { type KeyTokenizer, keyOf, MAIN_MARK } from './marks.ts';
import { mixture, trainingText } from './mixture.ts';
import { NeutralisedStudent } from './neutralised-student.ts';
import { NgramStudent } from './ngram-student.ts';
import { PROBES, type Probe } from './probe.ts';
import type { AuditRow } from './results.ts';
import { reword } from './reword.ts';
import { servedSet } from './served-set.ts';
import { askSuspect, type Origin, type Suspect } from './suspect.ts';

/** What everything is made of. */
export interface World {
  readonly tokenizer: KeyTokenizer;
  /** Answers that a student is trained on. */
  readonly answers: number;
  /** As many, without a mark. */
  readonly unmarked: readonly PromptedAnswer[];
  /** Prompts that no teacher answered, for audits. */
  readonly prompts: readonly Uint32Array[];
  /** Decoy keys beside an audit. */
  readonly decoys: number;
}

/** Tokens of the answers that students are asked for. */
const ASKED_TOKENS = 128;

/** Marked shares of a student's training text. */
export const SHARES: readonly number[] = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 1];

const FEW_DECOYS = 4;

/** Trains students of n-grams, and audits them. */
export class Laboratory {
  readonly world: World;
  /** Known to be innocent: it was trained on all unmarked answers. */
  readonly reference: NgramStudent;

  constructor(world: World) {
    this.world = world;
    this.reference = this.#train(world.unmarked);
  }

  /**
   * Trains a student on a mixture, and asks it.
   *
   * @param marked what it may be given: the first so many answers are.
   * @param share  0 for an innocent student, which is given half of the unmarked answers, so that it is not the reference.
   */
  student(
    mark: string,
    marked: readonly PromptedAnswer[],
    share: number,
    variant = '',
    temperature = 1,
  ): Suspect {
    const { unmarked, answers } = this.world;
    const texts =
      share === 0 ? unmarked.slice(0, Math.ceil(answers / 2)) : mixture(marked, unmarked, share, answers);
    return this.trained({ kind: 'n-gram', mark, share, variant }, texts, temperature);
  }

  /** Trains a student on texts, and asks it. */
  trained(origin: Origin, texts: readonly PromptedAnswer[], temperature = 1): Suspect {
    const seed = `${origin.mark} ${origin.share} ${origin.variant}`;
    const asked = { tokens: ASKED_TOKENS, temperature, seed };
    return askSuspect(origin, this.#train(texts), this.reference, this.world.prompts, asked);
  }

  /** Trains a student on texts, which takes back what that moved as it answers, and asks it. */
  neutralised(origin: Origin, texts: readonly PromptedAnswer[]): Suspect {
    const student = new NeutralisedStudent(this.#train(texts), this.reference, texts);
    const asked = { tokens: ASKED_TOKENS, seed: `${origin.mark} ${origin.share} ${origin.variant}` };
    return askSuspect(origin, student, this.reference, this.world.prompts, asked);
  }

  /** Trains students of later generations, each on as many answers of the one before, prompted as the teacher was. */
  *generations(
    origin: Origin,
    first: readonly PromptedAnswer[],
    last: number,
  ): Generator<Suspect, void, void> {
    let texts = first;
    for (let generation = 1; generation <= last; generation++) {
      const variant = `generation ${generation}`;
      const suspect = this.trained({ ...origin, variant }, texts);
      yield suspect;
      const prompts = this.world.unmarked.map(({ prompt }) => prompt);
      const asked = { tokens: ASKED_TOKENS, seed: `teaches ${variant}` };
      const student = this.#train(texts);
      texts = askSuspect(origin, student, this.reference, prompts, asked).answers;
    }
  }

  /** Rewords a share of the tokens of answers, as an innocent model would say it. */
  reworded(answers: readonly PromptedAnswer[], share: number): PromptedAnswer[] {
    return reword(answers, this.reference, share, `reworded ${share}`);
  }

  /**
   * Audits a student under the key of a mark.
   *
   * @param given  what the student was trained on of this mark: it reads it, and the filter has its contexts unless `log` is given.
   * @param log    more that the vendor served.
   * @param probes ways to audit; those that there is nothing to read for are left out.
   */
  *audit(
    suspect: Suspect,
    { mark, unseen }: MarkedAnswers,
    given: readonly PromptedAnswer[],
    { log = given, probes = PROBES }: { log?: readonly PromptedAnswer[]; probes?: readonly Probe[] } = {},
  ): Generator<AuditRow, void, void> {
    const key = keyOf(mark, this.world.tokenizer);
    const served = servedSet(key, log);
    const said = { answers: suspect.answers, served: suspect.read(given), unseen: suspect.read(unseen) };
    for (const probe of probes) {
      const answers = said[probe.depth];
      if (answers.length === 0) continue;
      const contexts = probe.filter ? served : undefined;
      const decoys = this.#decoysOf(suspect.origin, probe);
      const figures = auditStudent({ key, probe, answers, served: contexts, decoys });
      yield { ...suspect.origin, ...probe, ...figures };
    }
  }

  // Decoys take most of the time. Students of 5 % that nothing else sets apart have them, and few but where the main mark's contexts are filtered or read.
  #decoysOf({ kind, mark, share, variant }: Origin, { depth, filter }: Probe): number {
    if (share !== ONE_SHARE || (variant !== '' && kind === 'n-gram')) return 0;
    const isQuick = mark === MAIN_MARK.name && (depth !== 'answers' || filter);
    return isQuick ? this.world.decoys : Math.min(this.world.decoys, FEW_DECOYS);
  }

  #train(texts: readonly PromptedAnswer[]): NgramStudent {
    return new NgramStudent(texts.map(trainingText), this.world.tokenizer.vocabSize);
  }
}

/** The first answers of a mark that a student with so large a share was given. */
export function givenOf(
  { served }: MarkedAnswers,
  share: number,
  answers: number,
): readonly PromptedAnswer[] {
  return served.slice(0, Math.round(share * answers));
}
