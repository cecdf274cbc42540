import type { GenerationOptions } from '@countermark/watermark';

/** Marks from the first token on, by contexts of the prompt too: for tests of the mark, which are not about where it begins. */
export const AT_ONCE: Pick<GenerationOptions, 'startBits' | 'promptContexts'> = {
  startBits: 0,
  promptContexts: true,
};
