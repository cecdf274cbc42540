export { createWordBins } from '../likelihood/create-word-bins.ts';
export { EvidenceTally } from '../likelihood/evidence-tally.ts';
export { logEFactor } from '../likelihood/log-e-factors.ts';
export type { WordBins } from '../likelihood/word-bins.ts';
export { eValueOfPValue } from './calibrate-p-value.ts';
export {
  averageEValues,
  eBenjaminiHochberg,
  mixEValues,
  multiplyEValues,
  pValueOfEValue,
} from './e-values.ts';
export { createEvidence, type Evidence, type EvidenceOptions, type EvidenceState } from './evidence.ts';
export { mergeIndependentPValues, mergePValues } from './merge-p-values.ts';
