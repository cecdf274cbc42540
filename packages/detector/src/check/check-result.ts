import { openSource } from '../read/document-reader.ts';
import { toTokenIds } from '../read/token-ids.ts';
import type { Check, CheckCase, ResultToCheck } from './check.ts';
import { checkAccounts } from './check-accounts.ts';
import {
  checkCommitment,
  checkDocument,
  checkHead,
  checkParameters,
  checkSettings,
  checkTokenizer,
} from './check-inputs.ts';
import { checkEValue, checkPValue, checkRegions, checkSum, searchAgain } from './check-numbers.ts';
import { checkTuples } from './check-tuples.ts';
import { checkCorrections, checkKeys, checkQValue, checkVerdict } from './check-verdict.ts';

/** What a check without the key shows. */
export interface CheckReport {
  readonly passed: boolean;
  readonly checks: readonly Check[];
  /** What was not checked, who can, and how: sentences for people. */
  readonly notChecked: readonly string[];
}

/**
 * Checks a result without the key: computes anew whatever follows from the document, the public parameters and the words that the result lists.
 *
 * Nothing of it shows that the words are the key's. Words that somebody made up pass, if he computed the rest from them.
 *
 * @throws {RangeError} if a text has no tokenizer, or the result no key of its own id.
 */
export function checkResult(given: ResultToCheck): CheckReport {
  const checked = openCase(given);
  const tuples = checkTuples(checked);
  const search = tuples[0]?.passed === true ? searchAgain(checked) : undefined;
  const checks = [
    ...checkHead(checked),
    checkParameters(checked),
    ...checkCommitment(checked),
    checkSettings(checked),
    ...checkTokenizer(checked),
    checkDocument(checked),
    ...tuples,
    checkSum(checked),
    checkPValue(checked),
    checkEValue(checked),
    ...checkAccounts(checked),
    ...checkRegions(checked, search),
    checkKeys(checked),
    checkCorrections(checked, search),
    ...checkQValue(checked),
    checkVerdict(checked),
  ];
  return { passed: checks.every(({ passed }) => passed), checks, notChecked: notChecked(checked) };
}

function openCase(given: ResultToCheck): CheckCase {
  const { result, evidence, document, tokenizer } = given;
  const strongest = result.keys.find(({ keyId }) => keyId === result.keyId);
  if (strongest === undefined) throw new RangeError('"result" expected its key among its keys, got another');
  if (typeof document === 'string' && tokenizer === undefined) {
    throw new RangeError('"tokenizer" expected that of the parameters for a text, got none');
  }
  const source = openSource(document, result.settings.normalization);
  const tokenIds =
    'text' in source ? (tokenizer?.encode(source.text) ?? new Uint32Array()) : toTokenIds(source.tokenIds);
  return { ...given, strongest, source, tokenIds, words: Uint32Array.from(evidence.words) };
}

function notChecked({ result, source, commitment, strongest }: CheckCase): string[] {
  const open = [
    `That the words are those of key ${result.keyId}, and that it scores these tokens and no others. Words that somebody made up pass as well. Only who has the key can tell: an expert under confidentiality computes its commitment from it, runs "countermark detect --evidence" with it on this document, and compares the words with these.`,
    'That key, document and settings were chosen before anybody looked, and that no others were tried and left out.',
  ];
  if (commitment === undefined) {
    open.push(
      'The commitment. Find the one that was published before the document existed, and give it with --commitment.',
    );
  }
  if (!('text' in source)) {
    open.push('That the token ids are those of a text: give the text in their place, if there is one.');
  }
  if (result.keys.length > 1) {
    open.push(
      'What the result says of its other keys, but for how the p-values follow from their own numbers.',
    );
  }
  if (result.log10QValue !== undefined)
    open.push('The q-value, which depends on results of other documents.');
  if (strongest.weighted !== undefined) {
    open.push(
      'The p-value by the weights of the tokens, on which the verdict rests: it takes the probabilities of the tokens.',
    );
  }
  if (strongest.accountSlots !== undefined) {
    open.push(
      'The sum of the account slots and their e-value, on which the verdict may rest: they take the key and the list of accounts.',
    );
  }
  if (strongest.decoys !== undefined) open.push('The rank among random keys, which takes the key.');
  return open;
}
