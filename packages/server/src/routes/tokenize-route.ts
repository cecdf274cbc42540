import { z } from 'zod';
import type { Caller } from '../access/scopes.ts';
import type { ComputePool } from '../compute/compute-pool.ts';
import type { TokenizerAsked } from '../compute/task.ts';
import type { Settings } from '../config.ts';
import { Problem, unknownKey } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { KeyId } from '../http/schemas.ts';
import { mayTest, type WatermarkKeys } from '../store/watermark-keys.ts';
import type { TokenizerList } from '../tokenizer-list.ts';
import { textLength } from './text-length.ts';

const NewTokenization = z
  .strictObject({
    text: z.string(),
    tokenizer: z.string().min(1).max(1024).optional().describe('name of a tokenizer of the server'),
    keyId: KeyId.optional().describe('the key whose tokenizer it is, instead'),
  })
  .refine(({ tokenizer, keyId }) => (tokenizer === undefined) !== (keyId === undefined), {
    error: 'expected either "tokenizer" or "keyId"',
  })
  .meta({ id: 'NewTokenization' });

const Tokenization = z
  .strictObject({
    object: z.literal('tokenization'),
    tokenizer: z.strictObject({ name: z.string(), vocabSize: z.int(), fingerprint: z.string() }),
    tokenIds: z.array(z.int().min(0)),
    characters: z
      .array(z.array(z.int().min(0)).length(2))
      .describe(
        "start and end of each token's characters, in UTF-16 code units; tokens that split a character both have it",
      ),
  })
  .meta({ id: 'Tokenization' });

/** Route that tokenizes a text as it is. */
export function tokenizeRoute({
  keys,
  pool,
  tokenizers,
  settings,
}: {
  readonly keys: WatermarkKeys;
  readonly pool: ComputePool;
  readonly tokenizers: TokenizerList;
  readonly settings: Settings;
}): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/tokenize',
    access: 'detect',
    tag: 'detections',
    summary: 'Tokenize a text',
    body: NewTokenization,
    lengths: { text: textLength(settings) },
    replies: { 200: { description: 'Its tokens.', schema: Tokenization } },
    handle: async ({ body, caller, signal }) => {
      const tokenizer = await find(body, caller, keys, tokenizers);
      const { json } = await pool.run({ kind: 'tokenize', text: body.text, tokenizer }, signal);
      return { status: 200, jsonText: json };
    },
  });
}

async function find(
  { tokenizer: name, keyId }: z.output<typeof NewTokenization>,
  caller: Caller | undefined,
  keys: WatermarkKeys,
  tokenizers: TokenizerList,
): Promise<TokenizerAsked> {
  if (keyId !== undefined) {
    const key = await keys.find(keyId);
    if (key === undefined || caller === undefined || !mayTest(key, caller)) throw unknownKey(keyId);
    return { name: key.params.tokenizer.name, fingerprint: key.params.tokenizer.fingerprint };
  }
  if (name === undefined || !tokenizers.names.includes(name)) {
    throw new Problem(
      'unprocessable',
      `the server has no tokenizer of that name: ${tokenizers.names.join(', ')}`,
      { param: 'tokenizer' },
    );
  }
  return { name };
}
