import { pValueOfEValue } from '@countermark/detector/evidence';
import { holm } from '@countermark/detector/stats';
import type { GroupEvidence } from '../score/group-tallies.ts';

/** A group, and what speaks for the model having learnt from what it was given. */
export interface GroupFinding {
  readonly name: string;
  /** Counted contexts that were served to this group only, and their words. */
  readonly contexts: number;
  readonly words: number;
  readonly log10EValue: number;
  /** log10 of min(1, 1/E). */
  readonly log10PValue: number;
  /** The same, corrected for all groups of the set: Holm. */
  readonly log10Corrected: number;
  /** Whether the corrected p-value is at most the level, in an audit that is conclusive. */
  readonly named: boolean;
}

/** What is said of groups. */
export interface GroupFindings {
  /** Groups of the set, which p-values are corrected for. */
  readonly tested: number;
  /** Groups that are named. */
  readonly named: number;
  /** The 100 strongest by e-value, and every named one, the strongest first. Groups without a counted context are not listed. */
  readonly ranked: readonly GroupFinding[];
}

/** Groups that are listed though nothing is found of them. */
const MOST_RANKED = 100;

/**
 * Ranks the groups of a set. H₀ of a group: the model was made without anything that depends on the words of contexts that were served to this group only.
 *
 * @param names        of all groups; the first has number 1.
 * @param evidence     of the groups with a counted context.
 * @param isConclusive whether enough contexts were counted in all.
 */
export function groupFindings(
  names: readonly string[],
  evidence: readonly GroupEvidence[],
  { alpha, isConclusive }: { readonly alpha: number; readonly isConclusive: boolean },
): GroupFindings {
  // A group without a context has p = 1, and counts in the correction.
  const log10PValues = names.map(() => 0);
  for (const { group, log10EValue } of evidence) log10PValues[group - 1] = pValueOfEValue(log10EValue);
  const corrected = holm(log10PValues);
  const all = evidence
    .map(({ group, contexts, words, log10EValue }): GroupFinding => {
      const log10Corrected = corrected[group - 1] ?? 0;
      return {
        name: names[group - 1] ?? '',
        contexts,
        words,
        log10EValue,
        log10PValue: log10PValues[group - 1] ?? 0,
        log10Corrected,
        named: isConclusive && log10Corrected <= Math.log10(alpha),
      };
    })
    .sort((a, b) => b.log10EValue - a.log10EValue);
  const named = all.filter((group) => group.named).length;
  return { tested: names.length, named, ranked: all.slice(0, Math.max(MOST_RANKED, named)) };
}
