import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { z } from 'zod';

const TokenId = z.int().nonnegative();

const Position = z.strictObject({
  position: z.int().nonnegative(),
  best: TokenId,
  logits: z.record(z.string().regex(/^\d+$/), z.number()),
});

const Vectors = z.strictObject({
  algorithm: z.literal('llama'),
  source: z.string(),
  generator: z.literal('test/vectors/gen/demo_model.py'),
  absTol: z.strictObject({ float32: z.number().positive(), float16: z.number().positive() }),
  tests: z
    .array(
      z.strictObject({
        tcId: z.int().positive(),
        comment: z.string(),
        prompt: z.string(),
        ids: z.array(TokenId).nonempty(),
        positions: z.array(Position).nonempty(),
        continuation: z.array(TokenId).nonempty(),
      }),
    )
    .nonempty(),
});

/**
 * What PyTorch computes with the committed weights in double precision. A logit has no natural
 * zero, so the tolerances are absolute, in nats; the generator measures them and says how.
 */
export const vectors: z.output<typeof Vectors> = Vectors.parse(
  JSON.parse(readFileSync(new URL('../vectors/demo-model-logits.json', import.meta.url), 'utf8')),
);

/** Returns the largest deviation from the expected logits at one position, in nats. */
export function deviation(
  expected: z.output<typeof Position>,
  logitOf: (tokenId: number) => number | undefined,
): number {
  const deviations = Object.entries(expected.logits).map(([tokenId, logit]) =>
    Math.abs((logitOf(Number(tokenId)) ?? Number.NaN) - logit),
  );
  expect(deviations.length).toBeGreaterThan(8);
  return Math.max(...deviations);
}
