/** What whoever counts tuples in another way than a detector does needs: sets that count each once, and the check of token ids. */
export { checkTokenIds } from '../read/token-ids.ts';
export { TupleSet } from './tuple-set.ts';
