import { z } from 'zod';
import { Problem } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { EXAMPLES, type ExampleTexts } from '../web/example-texts.ts';

const Params = z.object({
  name: z.enum(EXAMPLES).describe('`marked` under the public key of the bundled model, or `unmarked`'),
});

const ExampleSchema = z
  .strictObject({
    object: z.literal('example-text'),
    name: z.enum(EXAMPLES),
    text: z.string(),
    source: z.string().describe('where the text comes from'),
  })
  .meta({ id: 'ExampleText' });

/** Route of the texts that the page offers to try. */
export function exampleRoute(examples: ExampleTexts): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/examples/{name}',
    access: 'open',
    tag: 'public',
    summary: 'A text to try the detector with',
    description:
      'The marked one is there where the bundled model has a public key; it is written when it is first asked for.',
    params: Params,
    replies: { 200: { description: 'The text.', schema: ExampleSchema } },
    handle: async ({ params: { name } }) => {
      const example = await examples.get(name);
      if (example === undefined)
        throw new Problem('not-found', 'this server has no such example', { param: 'name' });
      const json: z.input<typeof ExampleSchema> = { object: 'example-text', name, ...example };
      return { status: 200, json };
    },
  });
}
