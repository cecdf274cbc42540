/** Tracers of marked texts whose pages are looked at. */
import { AccountTracer } from '@countermark/detector';
import type { WatermarkKey } from '@countermark/watermark';
import { afterAll } from 'vitest';
import { BYTE_TOKENIZER } from '../support/byte-tokenizer.ts';
import { markedIds } from '../support/marked-ids.ts';
import { keyFrom } from '../support/random-key.ts';

/** Token ids of the texts. */
export const VOCABULARY = 64;
export const key: WatermarkKey = keyFrom('page', VOCABULARY);
export const users: readonly string[] = Array.from({ length: 500 }, (_, i) => `user-${i}`);
export const answer: Uint32Array = markedIds(key, 'user-7', 300, 1);

const open: AccountTracer[] = [];

/** Closes the tracers of a test file after its tests; called once by each. */
export function closeAfterTests(): void {
  afterAll(() => {
    for (const tracer of open.splice(0)) tracer.close();
  });
}

/** Adds the documents to a tracer, for {@link closeAfterTests} to close. */
export function tracerOf(
  documents: readonly (Uint32Array | string)[],
  own: WatermarkKey = key,
): AccountTracer {
  const tracer = new AccountTracer(own, { keepDocuments: true, tokenizer: BYTE_TOKENIZER });
  for (const document of documents) tracer.add(document);
  open.push(tracer);
  return tracer;
}

/** What the drawings say of themselves, in order. */
export function drawings(html: string): string[] {
  return [...html.matchAll(/<svg [^>]*aria-label="([^"]*)"/g)].map(([, summary = '']) => summary);
}
