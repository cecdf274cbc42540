/** How often audits speak against innocent students: docs/statistics.md, section 19.6. */
import { type ContextSet, pValueOfAudit } from '@countermark/audit';
import { createParams, seededRandom, WatermarkKey } from '@countermark/watermark';
import type { PromptedAnswer } from './answer-file.ts';
import { ask, read } from './ask.ts';
import { addAll, openAudit } from './audit-student.ts';
import type { KeyTokenizer } from './marks.ts';
import { trainingText } from './mixture.ts';
import { NgramStudent } from './ngram-student.ts';
import { ngramAnswers } from './ngram-teacher.ts';
import { FEWER_PROBES, type Probe } from './probe.ts';
import { servedSet } from './served-set.ts';

/** What one kind of audit said of many innocent students. */
export interface ReliabilityRow extends Probe {
  readonly audits: number;
  /** Shares of audits with p at or below the levels, and with an e-value that ever reached 1 / level. */
  readonly shares: readonly { readonly level: number; readonly p: number; readonly e: number }[];
}

/** Levels that shares are counted at. */
const LEVELS: readonly number[] = [0.1, 0.05, 0.01, 0.001];

/** Audits of innocents, from the least access to the most. */
const INNOCENT_PROBES: readonly Probe[] = [
  { depth: 'answers', weights: 'drawn', filter: false },
  ...FEWER_PROBES,
];

const WIDTH = 2;
const ANSWERS = 16;
const TOKENS = 128;
const LESSONS = 160;

interface Said {
  readonly log10PValue: number;
  readonly log10Supremum: number;
}

/**
 * Audits students that never saw marked text, each of other text and other seeds, under a key of its own. What is read, and what the filter keeps, is marked
 * under that key, and written by a model that has counted the same texts as the students: so both know many of the same tuples.
 *
 * @param texts   without a mark, some hundreds or more.
 * @param prompts for the students, and for the teacher.
 * @param report  is told how many audits there were, with what they said so far.
 */
export function auditInnocents(
  audits: number,
  texts: readonly PromptedAnswer[],
  prompts: readonly Uint32Array[],
  tokenizer: KeyTokenizer,
  report: (audits: number, soFar: () => ReliabilityRow[]) => void = () => undefined,
): ReliabilityRow[] {
  const { vocabSize, fingerprint } = tokenizer;
  const teacher = new NgramStudent(texts.map(trainingText), vocabSize);
  const said = INNOCENT_PROBES.map((): Said[] => []);
  const rows = (): ReliabilityRow[] =>
    INNOCENT_PROBES.map((probe, at) => {
      const each = said[at]!;
      return { ...probe, audits: each.length, shares: sharesOf(each) };
    });
  for (let i = 0; i < audits; i++) {
    const random = seededRandom(`innocent ${i}`);
    const some = <T>(all: readonly T[], count: number): T[] =>
      Array.from({ length: count }, () => all[Math.floor(random() * all.length)]!);
    const params = createParams({
      tokenizer: { name: 'demo', vocabSize, fingerprint },
      contextWidth: WIDTH,
      commonShare: 0.9,
      accountShare: 0,
    });
    const key = new WatermarkKey(
      params,
      Uint8Array.from({ length: 32 }, () => Math.floor(256 * random())),
    );
    const [suspect, reference] = [0, 1].map(
      () => new NgramStudent(some(texts, LESSONS).map(trainingText), vocabSize),
    ) as [NgramStudent, NgramStudent];
    const marked = ngramAnswers(teacher, key, some(prompts, ANSWERS), TOKENS, `marked ${i}`);
    const served = servedSet(key, marked);
    const answers = [...ask(suspect, some(prompts, ANSWERS), { tokens: TOKENS, seed: `asked ${i}` })];
    const seenBy = (each: readonly PromptedAnswer[]): PromptedAnswer[] =>
      each.map((answer) => ({
        ...answer,
        predictions: answer.predictions ?? read(suspect, answer),
        reference: read(reference, answer),
      }));
    const given = { answers: seenBy(answers), served: seenBy(marked), unseen: [] };
    for (const [at, probe] of INNOCENT_PROBES.entries()) {
      said[at]!.push(audited(key, probe, given[probe.depth], probe.filter ? served : undefined));
    }
    report(i + 1, rows);
  }
  return rows();
}

function audited(
  key: WatermarkKey,
  probe: Probe,
  answers: readonly PromptedAnswer[],
  served: ContextSet | undefined,
): Said {
  const audit = openAudit(key, probe, served, 0);
  let log10Supremum = 0;
  addAll(audit, probe, answers, () => {
    log10Supremum = Math.max(log10Supremum, audit.tally.log10EValue());
  });
  audit.close();
  return { log10PValue: pValueOfAudit(audit).log10PValue, log10Supremum };
}

function sharesOf(said: readonly Said[]): ReliabilityRow['shares'] {
  const share = (isCounted: (one: Said) => boolean): number => said.filter(isCounted).length / said.length;
  return LEVELS.map((level) => ({
    level,
    p: share(({ log10PValue }) => log10PValue <= Math.log10(level)),
    e: share(({ log10Supremum }) => log10Supremum >= -Math.log10(level)),
  }));
}
