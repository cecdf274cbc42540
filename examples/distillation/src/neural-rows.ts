/** The rows of the neural students. */
import { givenOf, type Laboratory } from './laboratory.ts';
import { type MarkedAnswers, ONE_SHARE } from './lessons.ts';
import { mixture } from './mixture.ts';
import { askNeural, type NeuralLesson, type NeuralSettings, trainNeural } from './neural-student.ts';
import type { Taught } from './ngram-rows.ts';
import type { AuditRow } from './results.ts';

/** A student that is planned. */
interface Plan {
  readonly marked: MarkedAnswers;
  readonly share: number;
  readonly variant: string;
}

const FINE_TUNED = 'fine-tuned';
const SCRATCH = 'from scratch';

/**
 * Trains and audits neural students: an innocent one of the unmarked answers, and from it the others.
 *
 * @param most students beside the base, the most telling first.
 */
export function* neuralRows(
  lab: Laboratory,
  { main, others }: Taught,
  settings: NeuralSettings,
  most: number,
  say: (text: string) => void,
): Generator<AuditRow, void, void> {
  const { answers, unmarked, prompts } = lab.world;
  say('neural: the innocent base');
  const base = trainNeural('base', { texts: unmarked }, settings);
  const wide = others.find(({ mark }) => mark.name === 'gumbel-h4');
  const plans: Plan[] = [
    ...[ONE_SHARE, 0].map((share) => ({ marked: main, share, variant: FINE_TUNED })),
    ...(wide === undefined ? [] : [{ marked: wide, share: ONE_SHARE, variant: FINE_TUNED }]),
    ...[0.25, 0.01, 1].map((share) => ({ marked: main, share, variant: FINE_TUNED })),
    { marked: main, share: ONE_SHARE, variant: SCRATCH },
    ...[0.1, 0.5].map((share) => ({ marked: main, share, variant: FINE_TUNED })),
  ];
  for (const { marked, share, variant } of plans.slice(0, most)) {
    if (share * answers > marked.served.length) continue;
    const given = givenOf(marked, share || ONE_SHARE, answers);
    const half = unmarked.slice(0, Math.ceil(answers / 2));
    const texts = share === 0 ? half : mixture(marked.served, unmarked, share, answers);
    const lesson: NeuralLesson = {
      texts,
      reference: base,
      ...(variant === SCRATCH ? {} : { from: base }),
    };
    say(`neural: ${marked.mark.name}, ${100 * share} %, ${variant}`);
    const origin = { kind: 'neural', mark: marked.mark.name, share, variant } as const;
    const reads = [given, marked.unseen].filter(({ length }) => length > 0);
    yield* lab.audit(askNeural(origin, lesson, settings, prompts, reads), marked, given);
  }
}
