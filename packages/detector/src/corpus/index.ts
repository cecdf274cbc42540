export { decide, joinVerdicts, strongestKey } from '../detect/verdict.ts';
export { DocumentScorer, type DocumentScorerOptions, type ScoredCorpusDocument } from './document-scorer.ts';
export { type LengthClass, SHARE_LEVEL, type ShareEstimate, ShareTally } from './marked-share.ts';
export { MeanEValue } from './mean-e-value.ts';
export { type QValueBins, QValueTable } from './q-values.ts';
export { CorpusSample, type SampleTest } from './sample-test.ts';
export { ThresholdSample, type ThresholdSampleOptions } from './threshold-sample.ts';
export { type ReportedCorpusDocument, reportCorpusDocument } from './trace-document.ts';
export { fingerprintHigh, fingerprintLow } from './tuple-fingerprint.ts';
