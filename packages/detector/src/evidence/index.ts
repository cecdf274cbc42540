export { eValueOfPValue } from './calibrate-p-value.ts';
export { createWordBins } from './create-word-bins.ts';
export {
  averageEValues,
  eBenjaminiHochberg,
  mixEValues,
  multiplyEValues,
  pValueOfEValue,
} from './e-values.ts';
export { createEvidence, type Evidence, type EvidenceOptions, type EvidenceState } from './evidence.ts';
export { EvidenceTally } from './evidence-tally.ts';
export { mergeIndependentPValues, mergePValues } from './merge-p-values.ts';
export type { WordBins } from './word-bins.ts';
