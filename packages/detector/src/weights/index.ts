export { type ExponentialSumTail, exponentialSumTail } from './exponential-sum-tail.ts';
export { type KnownProbabilities, knownProbabilityTest } from './known-probabilities.ts';
