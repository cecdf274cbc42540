/** The rows of the students of n-grams. */
import type { SynonymSource } from '@countermark/evaluation';
import type { Tokenizer } from '@countermark/watermark/tokenizer';
import type { PromptedAnswer } from './answer-file.ts';
import { type DiversityRow, diversityOf } from './diversity.ts';
import { givenOf, type Laboratory, SHARES } from './laboratory.ts';
import { type MarkedAnswers, ONE_SHARE } from './lessons.ts';
import { mixture } from './mixture.ts';
import { FEWER_PROBES } from './probe.ts';
import type { AuditRow } from './results.ts';
import { substitute } from './reword.ts';

// Of students against whose trace something was done.
const REMOVAL_SHARE = 0.1;
const REWORDED: readonly number[] = [0.1, 0.2, 0.4];
/** Shares of words that synonyms are asked for. */
const SUBSTITUTED: readonly number[] = [0.2, 1];
const GENERATIONS = 3;

/** What the rows are made from. */
export interface Taught {
  readonly main: MarkedAnswers;
  readonly others: readonly MarkedAnswers[];
  readonly second: MarkedAnswers;
}

/** Trains and audits a student for each marked share. */
export function* shareRows(lab: Laboratory, { main }: Taught): Generator<AuditRow, void, void> {
  const { answers } = lab.world;
  for (const share of SHARES) {
    if (share * answers > main.served.length) continue;
    const suspect = lab.student(main.mark.name, main.served, share);
    // An innocent student is audited as the one with 5 % is.
    yield* lab.audit(suspect, main, givenOf(main, share || ONE_SHARE, answers));
  }
}

/** The same at 5 % for each other mark, beside an innocent student; and what is asked at a lower temperature. */
export function* markRows(lab: Laboratory, { main, others }: Taught): Generator<AuditRow, void, void> {
  for (const marked of others) {
    for (const share of [0, ONE_SHARE]) {
      const suspect = lab.student(marked.mark.name, marked.served, share);
      const given = givenOf(marked, ONE_SHARE, lab.world.answers);
      yield* lab.audit(suspect, marked, given, { probes: FEWER_PROBES });
    }
  }
  const cooler = lab.student(main.mark.name, main.served, ONE_SHARE, 'asked at temperature 0.7', 0.7);
  yield* lab.audit(cooler, main, givenOf(main, ONE_SHARE, lab.world.answers), { probes: FEWER_PROBES });
}

/** What is left of the trace where somebody works against it, or where the vendor's log holds more than was trained on. */
export function* removalRows(
  lab: Laboratory,
  { main, second }: Taught,
  tokenizer: Tokenizer,
  synonyms: SynonymSource,
): Generator<AuditRow, void, void> {
  const { answers, unmarked } = lab.world;
  const probes = FEWER_PROBES;
  const given = givenOf(main, REMOVAL_SHARE, answers);
  for (const share of REWORDED) {
    const variant = `${100 * share} % of tokens reworded`;
    const suspect = lab.student(main.mark.name, lab.reworded(given, share), REMOVAL_SHARE, variant);
    // The vendor knows what it served, not what was made of it.
    yield* lab.audit(suspect, main, given, { probes });
  }
  for (const share of SUBSTITUTED) {
    const { answers: changed, touched } = substitute(given, tokenizer, synonyms, share);
    const variant = `${Math.round(100 * touched)} % of words replaced by synonyms`;
    const suspect = lab.student(main.mark.name, changed, REMOVAL_SHARE, variant);
    yield* lab.audit(suspect, main, given, { probes });
  }
  const origin = { kind: 'n-gram', mark: main.mark.name, share: REMOVAL_SHARE } as const;
  const mixed = mixture(main.served, unmarked, REMOVAL_SHARE, answers);
  yield* lab.audit(lab.neutralised({ ...origin, variant: 'neutralised' }, mixed), main, given, { probes });
  const log = main.served;
  const first = givenOf(main, ONE_SHARE, answers);
  const variant = `log of ${log.length} answers, ${first.length} trained on`;
  const unknown = lab.student(main.mark.name, main.served, ONE_SHARE, variant);
  yield* lab.audit(unknown, main, first, {
    log,
    probes: probes.filter(({ filter }) => filter),
  });
  const both = [...first, ...second.served.slice(0, first.length)];
  const texts = [...both, ...unmarked.slice(both.length)];
  for (const marked of [main, second]) {
    const origin = {
      kind: 'n-gram',
      mark: marked.mark.name,
      share: ONE_SHARE,
      variant: 'two teachers',
    } as const;
    yield* lab.audit(lab.trained(origin, texts), marked, marked.served.slice(0, first.length), { probes });
  }
}

/** Three generations: the first is trained on the largest share of marked answers that there is, each later one on answers of the one before. */
export function* generationRows(
  lab: Laboratory,
  { main }: Taught,
  tokenizer: Tokenizer,
  keep: (row: DiversityRow) => void,
): Generator<AuditRow, void, void> {
  const { answers, unmarked } = lab.world;
  const share = Math.max(...SHARES.filter((each) => each * answers <= main.served.length));
  const given = givenOf(main, share, answers);
  const texts: readonly PromptedAnswer[] = [...given, ...unmarked.slice(given.length)];
  keep(diversityOf('teacher, unmarked', unmarked, tokenizer));
  keep(diversityOf('teacher, marked', main.served, tokenizer));
  const origin = { kind: 'n-gram', mark: main.mark.name, share, variant: '' } as const;
  for (const suspect of lab.generations(origin, texts, GENERATIONS)) {
    keep(diversityOf(`student, ${suspect.origin.variant}`, suspect.answers, tokenizer));
    yield* lab.audit(suspect, main, given, { probes: FEWER_PROBES });
  }
}
