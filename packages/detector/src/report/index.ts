/** Reports of detections and traces as HTML pages, and their parts for reports of other packages. */
export { decoysInWords } from './decoys-in-words.ts';
export { correctionsInWords } from './detection-sentence.ts';
export { type EvidencePoint, evidenceCurve } from './evidence-curve.ts';
export { basisInWords, leastInWords, remedyInWords } from './grounds-in-words.ts';
export { type HeatMapRegion, heatMap } from './heat-map.ts';
export { htmlReport, type ReportDocument } from './html-report.ts';
export { htmlTraceReport } from './html-trace-report.ts';
export { type TokenPiece, tokenPieces } from './token-pieces.ts';
