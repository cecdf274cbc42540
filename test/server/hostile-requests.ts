/** Requests that are all as documented, and hold whatever a document, a name or an option may be at its worst. */
import fc from 'fast-check';

/** A request that the server has to answer. */
export interface HostileRequest {
  readonly path: string;
  readonly body: object;
}

/** A key that requests name. */
export interface NamedKey {
  readonly keyId: string;
  readonly vocabSize: number;
  /** Whether it gives accounts a share. */
  readonly hasAccounts: boolean;
  /** Whether greedy decoding leaves it something to hide in. */
  readonly isGreedy: boolean;
}

/** What requests may name. */
export interface Known {
  /** Keys that mark and detect, all of one tokenizer, which the server has. */
  readonly keys: readonly [NamedKey, ...NamedKey[]];
  /** Names of tokenizers of the server. */
  readonly tokenizers: readonly string[];
  /** The server's model. */
  readonly model: string;
}

const LARGEST_INTEGER = Number.MAX_SAFE_INTEGER;
const LARGEST_FLOAT = (2 - 2 ** -23) * 2 ** 127;
/** Just below 1. */
const NEARLY_ONE = 1 - Number.EPSILON / 2;

/** What tokenizers, normalisers, regular expressions and databases trip over. */
export const HOSTILE_TEXTS = [
  '\0',
  '\ufeff',
  '\ufffd',
  '\uffff',
  '\ud800',
  '\udfff',
  '\udc00\ud800',
  '\u200b\u200d\u2060',
  '\u202e\u2066',
  '\u{e0041}\u{e007f}',
  'e\u0301\u0301\u0301',
  '\u{1f469}\u200d\u{1f469}\u200d\u{1f466}',
  '\u{10ffff}',
  'ﷺ',
  'аеорс',
  '\r\n\t\v\f\u2028',
  '<|endoftext|>',
  '<|im_start|>system<|im_end|>',
  '<s></s><pad><unk>[MASK]',
  '</script><!--',
  "'; drop table countermark.scans; --",
  '{"text":"\\ud800"}',
  '%s%n$(x)`x`',
  '__proto__',
  'constructor',
  '9'.repeat(40),
  ' '.repeat(200),
  'a'.repeat(300),
  '=-'.repeat(100),
];

const text = fc.oneof(
  fc.constant(''),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 100 }),
  // Half a character is one too where JSON escapes it.
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
    .map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom(...HOSTILE_TEXTS, 'The state of the nation is strong. '), {
      minLength: 1,
      maxLength: 12,
    })
    .map((pieces) => pieces.join('')),
  fc
    .tuple(fc.constantFrom(...HOSTILE_TEXTS), fc.integer({ min: 1, max: 200 }))
    .map(([piece, times]) => piece.repeat(times)),
);

// One in twenty is large: most of the time goes to those.
const document = fc.oneof(
  { weight: 19, arbitrary: text },
  { weight: 1, arbitrary: fc.tuple(text, fc.integer({ min: 2, max: 60 })).map(([one, n]) => one.repeat(n)) },
);

const share = fc.oneof(
  fc.constantFrom(Number.MIN_VALUE, 1e-300, 1e-6, 0.5, NEARLY_ONE),
  fc.double({ min: Number.MIN_VALUE, max: NEARLY_ONE, noNaN: true }),
);
const atLeastOne = fc.constantFrom(1, 2, 50, 2 ** 31, 2 ** 32, LARGEST_INTEGER);

const isWellFormed = (id: string): boolean => !/\p{Surrogate}/u.test(id);
const accountId = fc
  .oneof(text, fc.constant('\u{10ffff}'.repeat(64)), fc.constant('\0'))
  .filter((id) => id !== '' && Buffer.byteLength(id) <= 256 && isWellFormed(id));

/** Draws token ids: few or many, at the vocabulary's edges, one of them over and over. */
function tokenIds(vocabSize: number, maxLength: number): fc.Arbitrary<number[]> {
  const id = fc.oneof(
    fc.constantFrom(0, 1, vocabSize - 1, vocabSize - 2),
    fc.integer({ min: 0, max: vocabSize - 1 }),
  );
  return fc.oneof(
    fc.constant<number[]>([]),
    id.map((one) => [one]),
    fc.array(id, { maxLength, size: 'max' }),
    fc
      .tuple(id, fc.integer({ min: 1, max: maxLength }))
      .map(([one, times]) => Array<number>(times).fill(one)),
    fc
      .tuple(fc.array(id, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: maxLength / 5 }))
      .map(([period, times]) => Array.from({ length: times }, () => period).flat()),
  );
}

/** Draws records of some of these fields. */
function some(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
  return fc.record(fields, { requiredKeys: [] });
}

function detections({ keys }: Known): fc.Arbitrary<object> {
  const options = {
    alpha: share,
    minTokens: atLeastOne,
    normalization: fc.constantFrom('none', 'invisible', 'invisible-and-homoglyphs'),
    regions: fc.boolean(),
    tokens: fc.boolean(),
    curve: fc.boolean(),
  };
  const accounts = fc.uniqueArray(accountId, { minLength: 1, maxLength: 20 }).chain((ids) =>
    fc.record(
      {
        ids: fc.constant(ids),
        issued: fc.constantFrom(ids.length, 2 ** 32, LARGEST_INTEGER),
        alpha: share,
      },
      { requiredKeys: ['ids'] },
    ),
  );
  const what = fc.oneof(
    document.map((drawn) => ({ text: drawn })),
    tokenIds(keys[0].vocabSize, 1000).map((ids) => ({ tokenIds: ids })),
  );
  return fc
    .tuple(what, fc.subarray([...keys], { minLength: 1 }), some(options), fc.option(accounts))
    .map(([drawn, chosen, more, asked]) => ({
      ...drawn,
      ...more,
      keyIds: chosen.map(({ keyId }) => keyId),
      ...(asked !== null && chosen.length === 1 && chosen[0]?.hasAccounts === true
        ? { accounts: asked }
        : {}),
    }));
}

function tokenizations({ keys, tokenizers }: Known): fc.Arbitrary<object> {
  const which = fc.oneof(
    fc.constantFrom(...tokenizers).map((tokenizer) => ({ tokenizer })),
    fc.constantFrom(...keys).map(({ keyId }) => ({ keyId })),
  );
  return fc.tuple(document, which).map(([drawn, named]) => ({ text: drawn, ...named }));
}

const stop = text.filter((drawn) => drawn !== '' && drawn.length <= 256);
const anything = fc.oneof(text, fc.jsonValue());
const generating = {
  temperature: fc.constantFrom(null, Number.MIN_VALUE, 1e-6, 1, 2),
  top_p: fc.oneof(fc.constantFrom(null, 1), share),
  stop: fc.oneof(fc.constant(null), stop, fc.array(stop, { maxLength: 4 })),
  stream: fc.boolean(),
  stream_options: fc.constantFrom(null, {}, { include_usage: true }),
  n: fc.constantFrom(null, 1),
  user: anything,
  metadata: anything,
  prompt_cache_key: anything,
  presence_penalty: fc.constantFrom(null, 0, -0),
};
const few = fc.integer({ min: 1, max: 3 });
// Nothing costs more than a token a UTF-8 byte: it fits in the model's context.
const prompt = text.map((drawn) => drawn.slice(0, 100));

function completions({ model }: Known): fc.Arbitrary<object> {
  const asked = fc.oneof(
    prompt,
    prompt.map((drawn) => [drawn]),
  );
  return fc
    .tuple(asked, few, some({ ...generating, echo: fc.constantFrom(null, false), best_of: fc.constant(1) }))
    .map(([drawn, max_tokens, more]) => ({ model, prompt: drawn, max_tokens, ...more }));
}

function chats({ model }: Known): fc.Arbitrary<object> {
  const content = (drawn: fc.Arbitrary<string>) =>
    fc.oneof(
      drawn,
      fc.array(
        drawn.map((part) => ({ type: 'text', text: part })),
        { minLength: 1, maxLength: 3 },
      ),
    );
  const message = fc.record(
    {
      role: fc.constantFrom('system', 'developer', 'user', 'assistant'),
      content: content(prompt.map((drawn) => drawn.slice(0, 20))),
      name: anything,
    },
    { requiredKeys: ['role', 'content'] },
  );
  const most = some({ max_tokens: few, response_format: fc.constant({ type: 'text' }), verbosity: anything });
  return fc
    .tuple(fc.array(message, { minLength: 1, maxLength: 4 }), few, some(generating), most)
    .map(([messages, max_completion_tokens, more, other]) => ({
      model,
      messages,
      ...more,
      ...other,
      max_completion_tokens,
    }));
}

function samples({ keys }: Known): fc.Arbitrary<object> {
  // Two calls may draw the same name: its settings are a function of it.
  const response = fc.string({ unit: 'binary', minLength: 1, maxLength: 64 });
  const startBits = fc.oneof(
    fc.constantFrom(-0, Number.MIN_VALUE, 64),
    fc.double({ min: 0, max: 64, noNaN: true }),
  );
  const spent = fc.oneof(fc.constantFrom(-0, 10_000), fc.double({ min: 0, max: 10_000, noNaN: true }));
  const pauses = fc.record({
    after: fc.oneof(fc.constantFrom(1, 1_000_000), fc.double({ min: 1, max: 1_000_000, noNaN: true })),
    bits: fc.oneof(fc.constantFrom(Number.MIN_VALUE, 16), fc.double({ min: 1e-3, max: 16, noNaN: true })),
  });
  const sequence = ({ vocabSize, isGreedy }: NamedKey) =>
    fc
      .record({
        context: tokenIds(vocabSize, 100),
        candidates: fc.uniqueArray(
          fc.oneof(fc.constantFrom(0, vocabSize - 1), fc.integer({ min: 0, max: vocabSize - 1 })),
          { minLength: 1, maxLength: 50 },
        ),
        logit: fc.infiniteStream(
          fc.oneof(
            fc.constantFrom(0, -0, LARGEST_FLOAT, -LARGEST_FLOAT, 2 ** -149, 5e-324),
            fc.double({ min: -50, max: 50, noNaN: true }),
          ),
        ),
        generated: fc.double({ min: 0, max: 1, noNaN: true }),
        start: fc.oneof(
          fc.constant({ startBits: 0 }),
          fc.record({ spentBits: spent, startBits }),
          fc.record({ spentBits: spent }),
          // A pause has no more bits than the start, by default 16.
          fc.record({ spentBits: spent, pauses }),
        ),
        promptContexts: fc.boolean(),
        responseId: fc.option(response),
        accountId: fc.option(accountId),
        sampling: some({
          temperature: fc.constantFrom(Number.MIN_VALUE, 1e-6, 1, 1e308, ...(isGreedy ? [0] : [])),
          topK: atLeastOne,
          topP: fc.oneof(fc.constant(1), share),
        }),
      })
      .map(({ context, candidates, logit, generated, responseId, accountId: account, ...settings }) => ({
        context,
        tokenIds: candidates,
        logits: candidates.map(() => logit.next().value),
        ...(responseId === null
          ? {
              generated: Math.floor(generated * context.length),
              sampling: settings.sampling,
              promptContexts: settings.promptContexts,
              ...settings.start,
              ...(account === null ? {} : { accountId: account }),
            }
          : { responseId }),
      }));
  return fc
    .constantFrom(...keys)
    .chain((key) =>
      fc
        .array(sequence(key), { minLength: 1, maxLength: 5 })
        .map((sequences) => ({ keyId: key.keyId, sequences })),
    );
}

/** Draws requests to what tests, tokenizes, completes and samples; each has to be answered with 200. */
export function hostileRequests(known: Known): fc.Arbitrary<HostileRequest> {
  const to = (path: string, bodies: fc.Arbitrary<object>) => bodies.map((body) => ({ path, body }));
  return fc.oneof(
    to('/v1/detections', detections(known)),
    to('/v1/tokenize', tokenizations(known)),
    to('/v1/completions', completions(known)),
    to('/v1/chat/completions', chats(known)),
    to('/v1/watermark/sample', samples(known)),
  );
}
