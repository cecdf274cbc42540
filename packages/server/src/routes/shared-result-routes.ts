import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { ComputePool } from '../compute/compute-pool.ts';
import type { Settings } from '../config.ts';
import { expectClient } from '../http/client-left.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { Instant, SharedId } from '../http/schemas.ts';
import type { PublicBudget } from '../public-tier/public-budget.ts';
import { STRENGTHS } from '../public-tier/public-detection.ts';
import type { SharedResult, SharedResults } from '../public-tier/shared-result.ts';
import { textLength } from './text-length.ts';

const Params = z.object({ id: SharedId });

const Comparison = z.strictObject({ text: z.string() }).meta({ id: 'NewComparison' });

const Count = z.int().min(0);

const SharedResultSchema = z
  .strictObject({
    object: z.literal('shared-result'),
    verdict: z.enum(['detected', 'not-detected']),
    strength: z.literal([...STRENGTHS]).describe('as of a PublicDetection'),
    minTokens: Count.describe('different runs of tokens that a text needs'),
    keys: z.int().min(1).describe('public keys that the text was tested for'),
    untested: Count.optional().describe('public keys that it was not tested for; absent for 0'),
    tested: Instant.describe('when the text was tested, to the minute'),
    expires: Instant.describe('from when on the result is told to nobody'),
  })
  .meta({ id: 'SharedResult', description: 'A result of the public tier, without its text.' });

const ComparisonSchema = z
  .strictObject({
    object: z.literal('comparison'),
    same: z
      .boolean()
      .describe('whether the text is the one of the result, white space and Unicode normal form aside'),
  })
  .meta({ id: 'Comparison' });

/** What results that are given to others need. */
export interface SharedResultParts {
  readonly shared: SharedResults;
  readonly pool: ComputePool;
  readonly budget: PublicBudget;
  readonly settings: Settings;
}

/** Where people see a result: the id stands in the fragment, which browsers send to nobody. */
export function sharedPath(id: string): string {
  return `/result#${id}`;
}

/** Routes of results that were given to others. */
export function sharedResultRoutes({ shared, pool, budget, settings }: SharedResultParts): Route[] {
  const tag = 'detections';
  return [
    defineRoute({
      method: 'get',
      path: '/v1/shared-results/{id}',
      access: 'open',
      tag,
      summary: 'Read a result of the public tier that somebody gave you',
      params: Params,
      replies: { 200: { description: 'The result.', schema: SharedResultSchema } },
      handle: async ({ params }) => {
        const json: z.input<typeof SharedResultSchema> = describe(opened(shared, params.id));
        return { status: 200, json };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/shared-results/{id}/comparisons',
      access: 'public-detect',
      tag,
      summary: 'Ask whether a text is the one that a result is of',
      description: 'Costs a client without an API key what testing the text would. The text is not kept.',
      params: Params,
      body: Comparison,
      lengths: { text: textLength(settings) },
      replies: { 200: { description: 'Whether it is.', schema: ComparisonSchema } },
      handle: async ({ params, body: { text }, caller, request, signal }) => {
        const { digest } = opened(shared, params.id);
        if (caller === undefined) await budget.charge(request.ip ?? '', text);
        expectClient(signal);
        const given = await pool.run({ kind: 'digest', text }, signal);
        const json: z.input<typeof ComparisonSchema> = {
          object: 'comparison',
          same: timingSafeEqual(given.digest, digest),
        };
        return { status: 200, json };
      },
    }),
  ];
}

function opened(shared: SharedResults, id: string): SharedResult {
  const result = shared.open(id);
  if (result === undefined)
    throw new Problem('not-found', 'there is no such result, or no longer', { param: 'id' });
  return result;
}

function describe({ verdict, minTokens, keys, untested, tested, expires }: SharedResult) {
  const [none, atLevel] = STRENGTHS;
  return {
    object: 'shared-result' as const,
    verdict,
    strength: verdict === 'detected' ? atLevel : none,
    minTokens,
    keys,
    ...(untested === 0 ? {} : { untested }),
    tested: tested.toISOString(),
    expires: expires.toISOString(),
  };
}
