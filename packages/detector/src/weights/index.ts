export { alignProbabilities } from './align-probabilities.ts';
export { formatNgramFile, type NgramFile, type NgramTokenizer, parseNgramFile } from './ngram-file.ts';
export { NgramModel } from './ngram-model.ts';
export { NgramTable } from './ngram-table.ts';
export { type ProbabilitySource, WeightedScores } from './weighted-scores.ts';
export { type WeightedTest, weightedTest } from './weighted-test.ts';
