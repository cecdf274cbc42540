/** What whoever counts tuples in another way than a detector does needs: sets that count each once, and the check of token ids. */
export { encodeText } from '../read/encode-text.ts';
export { checkTokenIds } from '../read/token-ids.ts';
export { tokenizerOf } from '../read/tokenizer-of.ts';
export { TupleSet } from './tuple-set.ts';
