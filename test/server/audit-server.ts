/** A server that audits scripted endpoints, and what audits of them look like. */
import { seededRandom, WatermarkKey } from '@countermark/watermark';
import { z } from 'zod';
import { openDemo } from '../support/demo.ts';
import { secretFrom } from '../support/random-key.ts';
import { type Asked, chatAnswer, type Reply } from '../support/scripted-endpoint.ts';

/** The part of an audit that tests look at. */
export const Audit = z.looseObject({
  object: z.literal('audit'),
  id: z.string(),
  status: z.string(),
  verdict: z.string().nullable(),
  problem: z.string().nullable(),
  plan: z.looseObject({ digest: z.string(), terms: z.looseObject({}) }).nullable(),
  progress: z.looseObject({
    answers: z.number(),
    settled: z.number(),
    spent: z.looseObject({ requests: z.number() }),
    log10EValue: z.number().nullable(),
  }),
});
export type Audit = z.output<typeof Audit>;

/** A key of the bundled model, the same for the same seed. */
export async function demoModelKey(seed: string): Promise<WatermarkKey> {
  const demo = await openDemo();
  try {
    return new WatermarkKey(demo.params(), secretFrom(seededRandom(seed)));
  } finally {
    await demo.close();
  }
}

const WORDS =
  'the state of our nation and its army has in this year been strong while a harvest was poor'.split(' ');

/** Words in an order that nobody chose by a key: the same for the same seed. */
function plainWords(seed: string, count = 40): string {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => WORDS[Math.floor(WORDS.length * random())]).join(' ');
}

/** An innocent answer that depends on the prompt alone. */
export const innocent = ({ prompt }: Asked): Reply => ({ body: chatAnswer(plainWords(prompt)) });

/** What is asked for, with as many prompts. */
export function newAudit(
  url: string,
  keyId: string,
  prompts: number,
  { endpoint = {}, ...more }: { readonly endpoint?: object; readonly [name: string]: unknown } = {},
): Record<string, unknown> {
  return {
    keyId,
    endpoint: { url, model: 'suspect', maxTokens: 60, ...endpoint },
    prompts: Array.from({ length: prompts }, (_, i) => `Prompt number ${i}: ${plainWords(`p${i}`, 4)}`),
    minContexts: 10,
    decoys: 3,
    alpha: 1e-3,
    ...more,
  };
}

/** Words of an audit of a client: `show`, and until it has ended. */
export async function showAudit(
  client: { fetch(path: string): Promise<Response> },
  id: string,
): Promise<Audit> {
  return Audit.parse(await (await client.fetch(`/v1/audits/${id}`)).json());
}
