/** What tests look at and nobody else: no part of the published packages, so that it may change at any time. */

export { expEditTest } from './interop/exp-edit/permutation-test.ts';
export { UNKEYED_SLOT } from './interop/key-strength.ts';
export { synthIdTextInitialHash } from './interop/synthid/text.ts';
export { TwisterWord } from './interop/torch/twister-word.ts';
export { plainSample } from './sampling/plain-sample.ts';
