import { benjaminiHochberg } from '../stats/benjamini-hochberg.ts';
import type { Detection, Verdict } from './detection.ts';
import { decide, leftOpen, testedTuples } from './verdict.ts';

/**
 * Corrects the verdicts of several documents for their number, by Benjamini–Hochberg.
 *
 * Documents with too few scored tokens stay `inconclusive` and are not counted as tests: how many tokens are scored says
 * nothing about the scores. A single document is returned as it is. Regions stay where their p-value is at most
 * alpha · detected / documents: then the expected share, over the detected documents, of those with any false region is at
 * most alpha (Benjamini and Bogomolov 2014).
 *
 * @param detections all documents tested, each once, under the same keys and level.
 * @returns the detections in the same order, with `log10QValue`, `tests`, `corrections` and the verdict taken on it.
 */
export function correctDocuments(detections: readonly Detection[]): Detection[] {
  if (detections.length < 2) return [...detections];
  const conclusive = detections.filter(isConclusive);
  const qValues = benjaminiHochberg(conclusive.map((detection) => detection.log10PValue));
  const tests = conclusive.length;
  const correction = { method: 'benjamini-hochberg', over: 'documents', tests } as const;
  const detected = qValues.filter((value) => value <= Math.log10(conclusive[0]!.alpha)).length;
  const qValueOf = new Map(conclusive.map((detection, i) => [detection, qValues[i] ?? 0]));
  return detections.map((detection) => {
    const corrections = [...detection.corrections, correction];
    const log10QValue = qValueOf.get(detection);
    if (log10QValue === undefined) return { ...detection, corrections };
    const verdict = verdictOn(log10QValue, detection);
    const corrected = { ...detection, verdict, log10QValue, tests: detection.tests * tests, corrections };
    if (detection.regions === undefined) return corrected;
    const log10Level = Math.log10((detection.alpha * detected) / tests);
    return { ...corrected, regions: detection.regions.filter((region) => region.log10PValue <= log10Level) };
  });
}

// The q-value decides for the keys together; one that was inconclusive leaves open what the others do not detect.
function verdictOn(log10Value: number, detection: Detection): Verdict {
  const { alpha, keys, minTokens } = detection;
  const own = decide({
    log10Value,
    log10Level: Math.log10(alpha),
    scored: testedTuples(detection),
    minTokens,
  });
  return leftOpen(
    own,
    keys.map(({ verdict }) => verdict),
  );
}

function isConclusive(detection: Detection): boolean {
  return testedTuples(detection) >= detection.minTokens;
}
