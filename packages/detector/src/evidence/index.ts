export { eValueOfPValue } from './calibrate-p-value.ts';
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
export { createWordBins, type WordBins } from './word-bins.ts';
