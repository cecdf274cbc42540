import type { Detection } from '@countermark/detector';
import { seededRandom, type WatermarkKey } from '@countermark/watermark';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { Answer } from '../answers/answer.ts';
import type { Attack, AttackResources, ReadAs } from '../attacks/attack.ts';
import { type EvaluationOptions, openDetectors } from './open-detectors.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

/** One marked answer with its negative controls. */
export interface Trial {
  /** The key that `marked` was marked with. */
  readonly key: WatermarkKey;
  /** A key that nothing was marked with, of the same parameters. */
  readonly wrongKey: WatermarkKey;
  readonly marked: Answer;
  /** An answer without a mark: it is attacked alike and tested with `key`. */
  readonly unmarked: Answer;
}

/** What is done to the answers. */
export interface AttackPlan {
  readonly attack: Attack;
  /** Strengths to measure, one or more. */
  readonly strengths: readonly number[];
}

/** An attack of one strength, read in one way. */
export interface AttackRow {
  readonly attack: string;
  readonly strength: number;
  /** What strength counts. */
  readonly unit: string;
  readonly reading: ReadAs;
  /** Mean over the marked answers of the share of units that the attack touched. */
  readonly touched: number;
  readonly marked: Outcome;
  /** Negative control: unmarked answers after the same attack, tested with the keys. */
  readonly unmarked: Outcome;
  /** Negative control: the attacked marked answers, tested with keys that they were not marked with. */
  readonly wrongKey: Outcome;
}

/** What attacks left of the marks. */
export interface AttackEvaluation {
  /** One for each attack, strength and reading, in the order of the plans. */
  readonly rows: readonly AttackRow[];
  /** Marked answers whose text is tokenized to the very ids that were generated. */
  readonly canonical: number;
}

/** How far an evaluation has come. */
export interface EvaluationProgress {
  readonly trials: number;
  readonly of: number;
}

/** An answer with its text attacked, and the ids that it had before. */
interface AttackedAnswer extends Answer {
  readonly touched: number;
}

/** What was found at one strength in one trial. */
interface Tested {
  readonly touched: number;
  readonly marked: Detection;
  readonly unmarked: Detection;
  readonly wrongKey: Detection;
}

/**
 * Attacks every trial's answers in every planned way and tests what is left.
 *
 * The randomness of an attack on a trial is the same at all strengths, so that a stronger one touches what a weaker one does.
 *
 * @param trials    at least one.
 * @param plans     what is done; an attack whose resources are missing is a caller's mistake.
 * @param resources what attacks need.
 * @returns a generator that yields after each trial, so that callers can report progress or stop, and returns
 *   what was found.
 * @throws {RangeError} if there is no trial, or a strength or option is out of range.
 */
export function* evaluateAttacks(
  trials: readonly Trial[],
  plans: readonly AttackPlan[],
  resources: AttackResources,
  options: EvaluationOptions,
): Generator<EvaluationProgress, AttackEvaluation, void> {
  if (trials.length === 0) throw new RangeError('"trials" expected at least one trial, got none');
  const cells = plans.flatMap(({ attack, strengths }) =>
    strengths.flatMap((strength) => attack.readings.map((reading) => ({ attack, strength, reading }))),
  );
  const tested = cells.map((): Tested[] => []);
  for (const [i, trial] of trials.entries()) {
    const detect = openDetectors(options);
    try {
      for (const [c, { attack, strength, reading }] of cells.entries()) {
        const attacked = (answer: Answer, control: string): AttackedAnswer => {
          const random = seededRandom(`${options.seed} ${attack.name} ${i} ${control}`);
          const { text, touched } = attack.apply(answer.text, strength, random, resources);
          return { text, tokenIds: answer.tokenIds, touched };
        };
        const marked = attacked(trial.marked, 'marked');
        const unmarked = attacked(trial.unmarked, 'unmarked');
        tested[c]?.push({
          touched: marked.touched,
          marked: detect(trial.key, reading, marked),
          unmarked: detect(trial.key, reading, unmarked),
          wrongKey: detect(trial.wrongKey, reading, marked),
        });
      }
    } finally {
      detect.close();
    }
    yield { trials: i + 1, of: trials.length };
  }
  const rows = cells.map(({ attack, strength, reading }, c): AttackRow => {
    const outcomes = tested[c] ?? [];
    return {
      attack: attack.name,
      strength,
      unit: attack.unit,
      reading,
      touched: outcomes.reduce((sum, { touched }) => sum + touched, 0) / outcomes.length,
      marked: outcomeOf(outcomes.map((outcome) => outcome.marked)),
      unmarked: outcomeOf(outcomes.map((outcome) => outcome.unmarked)),
      wrongKey: outcomeOf(outcomes.map((outcome) => outcome.wrongKey)),
    };
  });
  const canonical = trials.filter(({ marked }) => isEncoding(options.tokenizer, marked)).length;
  return { rows, canonical };
}

function isEncoding(tokenizer: Tokenizer, { text, tokenIds }: Answer): boolean {
  const encoded = tokenizer.encode(text);
  return encoded.length === tokenIds.length && encoded.every((tokenId, i) => tokenId === tokenIds[i]);
}
