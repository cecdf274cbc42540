/** The keyed function of docs/spec.md sections 2 to 4: keys, account codes and words. */
export {
  type AccountCodes,
  type AccountCodesOptions,
  CODE_BLOCK_SYMBOLS,
  createAccountCodes,
} from './account-codes.ts';
export {
  ACCOUNT_KEY_CONTEXT,
  accountCode,
  COMMITMENT_CONTEXT,
  deriveAccountKey,
  deriveCommitment,
  deriveKeyId,
  deriveSchemeKey,
  KEY_ID_CONTEXT,
  referenceBlock,
  SCHEME_KEY_CONTEXT,
} from './blake3.ts';
export {
  createWordSource,
  HEADER_WORDS,
  type KeyedWordSource,
  SYMBOLS,
  type WordSource,
  type WordSourceOptions,
} from './word-source.ts';
