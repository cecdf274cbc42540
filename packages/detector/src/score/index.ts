/** What whoever counts tuples in another way than a detector does needs: sets that count each once, the check of token ids, and decoy keys. */
export { checkDecoys, drawDecoys, rankAmongDecoys } from '../key-tests/decoys.ts';
export { checkTokenIds } from '../read/token-ids.ts';
export { TupleSet } from './tuple-set.ts';
