/** What texts say about where they come from. It says where to look, and is never part of a watermark's evidence. */
export {
  type ContentHash,
  compareHashes,
  contentHash,
  formatHash,
  isInShare,
  parseHash,
} from './content-hash.ts';
export {
  DocumentSample,
  type DocumentSampleJson,
  type DocumentSampleOptions,
  SAMPLE_CHARACTERS,
  SAMPLE_DOCUMENTS,
  type SampledDocument,
} from './diversity/document-sample.ts';
export {
  FREQUENT_DOCUMENTS,
  type FrequentPhrase,
  type FrequentPhrases,
  frequentPhrases,
  MOST_PHRASES,
  PHRASE_WORDS,
} from './diversity/frequent-phrases.ts';
export { HUMAN_DIVERSITY, type HumanDiversity } from './diversity/human-diversity.ts';
export {
  COMPRESSION_BLOCK,
  COMPRESSION_BLOCKS,
  type DiversityMeasures,
  GRAM_BLOCK,
  GRAM_BLOCKS,
  measureDiversity,
  OPENING_DOCUMENTS,
  OVERLAP_DOCUMENTS,
  OVERLAP_WORDS,
} from './diversity/measure-diversity.ts';
export { type ShownMeasure, shownMeasures } from './diversity/shown-measures.ts';
export { ASSISTANTS, type Assistant } from './identity/assistants.ts';
export {
  createIdentityCounter,
  type IdentityClaim,
  type IdentityCounter,
  type IdentityStatements,
} from './identity/identity-counter.ts';
export {
  IDENTITY_EXAMPLES,
  type IdentityCount,
  type IdentityExample,
  type IdentityPlace,
  IdentityTally,
  type IdentityTallyJson,
} from './identity/identity-tally.ts';
export { countLanguages, type LanguageCounts, NO_LANGUAGES } from './languages/count-languages.ts';
export {
  type LanguageIdentifier,
  loadLanguageIdentifier,
  UNDETERMINED,
} from './languages/identify-language.ts';
