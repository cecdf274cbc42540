import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  AuditError,
  AuditRun,
  type AuditTerms,
  ContextCollector,
  ContextSet,
  RecordReader,
  readJournalRecords,
  termsDigest,
} from '@countermark/audit';
import { describe, expect, it } from 'vitest';
import { chatAnswer } from '../../support/scripted-endpoint.ts';
import { LETTERS, teacherAnswers } from '../laboratory.ts';
import { countOf, endpointDesk, honest, key, letters, linesOf, SOFTWARE } from './audited.ts';

const { audited, newJournal, scripted } = endpointDesk();
const SECRET = 'sk-very-secret-0123456789';

/** Waits for the error of an audit. */
async function errorOf(work: Promise<unknown>): Promise<AuditError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof AuditError) return error;
  throw new Error('expected an AuditError', { cause: error });
}

describe('auditEndpoint', () => {
  it('asks each question once, several at a time, and counts in their order', async () => {
    // Behind the first, which is asked alone, three are held until all of them are there, and let go from the last to the first.
    const held: (() => void)[] = [];
    const endpoint = await scripted(async (asked) => {
      if (asked.number >= 1 && asked.number <= 3) {
        await new Promise<void>((resolve) => {
          held.unshift(resolve);
          if (held.length === 3) for (const release of held) release();
        });
      }
      return honest(asked);
    });
    const result = await audited(endpoint.url, { concurrency: 3, endpoint: { seed: 7 } });
    expect(endpoint.asked).toHaveLength(12);
    expect(endpoint.most).toBe(3);
    expect(endpoint.asked[0]).toMatchObject({
      path: '/v1/chat/completions',
      authorization: undefined,
      body: { model: 'suspect', temperature: 1, max_tokens: 40 },
    });
    expect(endpoint.asked.map(({ body }) => body['seed']).sort()).toEqual(
      Array.from({ length: 12 }, (_, i) => 7 + i).sort(),
    );
    expect(result.counts).toMatchObject({ records: 12, tokens: 360, shownLater: 0 });
    expect(result.endpoint).toMatchObject({
      ended: 'complete',
      answers: 12,
      givenUp: 0,
      spent: { requests: 12, input: 120, output: 240 },
      models: { 'suspect-1': 12 },
    });
    // Whoever is asked one at a time gives the same result.
    const alone = await scripted(honest);
    const again = await audited(alone.url, { concurrency: 1, endpoint: { seed: 7 } });
    expect({ ...again, endpoint: null }).toEqual({ ...result, endpoint: null });
  });

  it('finishes from its journal alone, paying nothing twice, with the same result', async () => {
    const journal = newJournal();
    const endpoint = await scripted(honest);
    const first = await audited(endpoint.url, { journal });
    const again = await audited(endpoint.url, { journal });
    expect(endpoint.asked).toHaveLength(12);
    expect(again).toEqual(first);
    expect(countOf(journal, 'answer')).toBe(12);
  });

  it('has a journal that gives the same result as records that somebody collected', async () => {
    const journal = newJournal();
    const endpoint = await scripted(honest);
    const result = await audited(endpoint.url, { journal, concurrency: 5 });
    const { records, end } = await readJournalRecords(journal);
    expect(end).toBe('complete');
    const run = new AuditRun(key, { access: 'answers', decoys: 0, seed: '0'.repeat(64) });
    const reader = new RecordReader(LETTERS);
    const collected: unknown[] = [];
    for await (const record of records()) collected.push(record);
    for (const record of collected) for (const text of reader.readBefore(record)) run.exclude(text);
    for (const record of collected) run.add(reader.read(record));
    const offline = run.result({ software: SOFTWARE, inputs: [], alpha: 1e-3, minContexts: 10 });
    run.close();
    const { endpoint: _, terms: __, ...online } = result;
    expect(online).toEqual(offline);
  });

  it('tries again through storms of 429 and 5xx, and counts each attempt', async () => {
    const failures = [429, 500, 502, 503, 504, 408, 429];
    const endpoint = await scripted((asked) => {
      const before = endpoint.asked.filter(({ prompt }) => prompt === asked.prompt).length - 1;
      const status = before < 2 ? failures[asked.number % failures.length] : undefined;
      return status === undefined ? honest(asked) : { status, body: { error: { code: 'busy' } } };
    });
    const journal = newJournal();
    const result = await audited(endpoint.url, { journal });
    expect(result.endpoint).toMatchObject({ ended: 'complete', answers: 12, spent: { requests: 36 } });
    expect(countOf(journal, 'failed')).toBe(24);
    expect(result.counts.records).toBe(12);
  });

  it('obeys Retry-After', async () => {
    const times: number[] = [];
    const endpoint = await scripted((asked) => {
      times.push(performance.now());
      return asked.number === 0 ? { status: 429, headers: { 'retry-after': '1' }, body: {} } : honest(asked);
    });
    await audited(endpoint.url, { prompts: 2 });
    // A timer may ring a millisecond early.
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(990);
  });

  it.each([
    ['a connection that is cut in the body', { body: chatAnswer('x'.repeat(500)), isCut: true }],
    ['a page of a gateway', { body: '<html><body>502 Bad Gateway</body></html>' }],
    ['JSON that is none', { body: '{"choices": [' }],
    ['JSON of something else', { body: { choices: [] } }],
  ])('tries again after %s, and counts it by its bound', async (_, reply) => {
    const endpoint = await scripted((asked) => (asked.number < 2 ? reply : honest(asked)));
    const result = await audited(endpoint.url, { prompts: 3 });
    expect(result.endpoint).toMatchObject({ ended: 'complete', answers: 3, spent: { requests: 5 } });
    // 64 + 16 + 16 bytes read and 40 written at most, twice; three answers as they say.
    expect(result.endpoint.spent).toMatchObject({ input: 2 * 96 + 30, output: 2 * 40 + 60 });
  });

  it('asks by the newer name of the most tokens where the older one is refused, in every request of a later run too', async () => {
    const endpoint = await scripted((asked) =>
      'max_tokens' in asked.body
        ? { status: 400, body: { error: { code: 'unsupported_parameter', param: 'max_tokens' } } }
        : honest(asked),
    );
    const journal = newJournal();
    const budget = { requests: 5 };
    const first = await audited(endpoint.url, { journal, endpoint: { budget } });
    expect(first.endpoint).toMatchObject({ answers: 4, spent: { requests: 5 } });
    expect(endpoint.asked.at(-1)?.body).toMatchObject({ max_completion_tokens: 40 });
    // Interrupted, and gone on with: all that are in flight at first are refused, and none is given up.
    const lines = readFileSync(journal, 'utf8')
      .split('\n')
      .filter((line) => !line.includes('"end"'));
    const [header = '', ...entries] = lines;
    const { terms } = JSON.parse(header) as { readonly terms: AuditTerms };
    const more = { ...terms, endpoint: { ...terms.endpoint, budget: { requests: 100 } } } as AuditTerms;
    const grown = { ...JSON.parse(header), terms: more, digest: termsDigest(more) };
    writeFileSync(journal, [JSON.stringify(grown), ...entries].join('\n'));
    const result = await audited(endpoint.url, {
      journal,
      concurrency: 4,
      endpoint: { budget: { requests: 100 } },
    });
    expect(result.endpoint).toMatchObject({ answers: 12, givenUp: 0 });
  });

  it('gives up on a request that takes too long, and asks again', async () => {
    const endpoint = await scripted((asked) => ({
      ...honest(asked),
      afterMs: asked.number === 0 ? 60_000 : 0,
    }));
    const result = await audited(endpoint.url, { prompts: 2, timeoutMs: 1500 });
    expect(result.endpoint).toMatchObject({ answers: 2, spent: { requests: 3 } });
  });

  it.each([
    [401, 'endpoint-refused', 'API key'],
    [403, 'endpoint-refused', 'API key'],
    [404, 'endpoint-refused', 'model'],
    [400, 'endpoint-refused', '(bad_thing, in "top_logprobs")'],
    [302, 'endpoint-refused', 'redirects are not followed'],
    [501, 'endpoint-refused', '501'],
  ] as const)('ends at once at %d, after one request', async (status, code, message) => {
    const endpoint = await scripted(() => ({
      status,
      headers: status === 302 ? { location: 'http://127.0.0.1:9/' } : {},
      body: { error: { code: 'bad_thing', param: 'top_logprobs', message: 'a sentence with the prompt' } },
    }));
    const error = await errorOf(audited(endpoint.url));
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(error.message).not.toContain('sentence');
    expect(endpoint.asked).toHaveLength(1);
  });

  it('ends where the quota is used up, though the status says that it may pass', async () => {
    const endpoint = await scripted(() => ({ status: 429, body: { error: { code: 'insufficient_quota' } } }));
    expect(await errorOf(audited(endpoint.url))).toMatchObject({ code: 'endpoint-refused' });
    expect(endpoint.asked).toHaveLength(1);
  });

  it('goes on where the key was revoked at 90 %, without asking again for what it has', async () => {
    let isRevoked = true;
    const endpoint = await scripted((asked) =>
      isRevoked && asked.number >= 18 ? { status: 401, body: {} } : honest(asked),
    );
    const journal = newJournal();
    const trial = { journal, prompts: 20, concurrency: 2, apiKey: SECRET };
    expect(await errorOf(audited(endpoint.url, trial))).toMatchObject({ code: 'endpoint-refused' });
    expect(countOf(journal, 'answer')).toBe(18);
    isRevoked = false;
    const before = endpoint.asked.length;
    const result = await audited(endpoint.url, trial);
    expect(endpoint.asked.length - before).toBe(2);
    expect(result.endpoint).toMatchObject({ ended: 'complete', answers: 20 });
  });

  it('gives up on an answer that is refused where others are not, and stops where all are', async () => {
    const poison = letters('prompt 3', 8);
    const endpoint = await scripted((asked) =>
      asked.prompt === poison ? { status: 400, body: {} } : honest(asked),
    );
    const journal = newJournal();
    const result = await audited(endpoint.url, { journal, concurrency: 1 });
    expect(result.endpoint).toMatchObject({
      ended: 'complete',
      answers: 11,
      givenUp: 1,
      spent: { requests: 12 },
    });
    // It is not asked again.
    expect((await audited(endpoint.url, { journal })).endpoint).toEqual(result.endpoint);
    expect(endpoint.asked).toHaveLength(12);
    const closing = await scripted((asked) => (asked.number < 3 ? honest(asked) : { status: 400, body: {} }));
    expect(await errorOf(audited(closing.url, { prompts: 50, concurrency: 1 }))).toMatchObject({
      code: 'endpoint-refused',
    });
    expect(closing.asked).toHaveLength(3 + 8);
  });

  it('says that an endpoint is away, and goes on later', async () => {
    let isAway = true;
    const endpoint = await scripted((asked) => (isAway ? { status: 503, body: {} } : honest(asked)));
    const journal = newJournal();
    const error = await errorOf(audited(endpoint.url, { journal }));
    expect(error).toMatchObject({ code: 'endpoint-away', message: expect.stringContaining('503') });
    expect(endpoint.asked).toHaveLength(8);
    isAway = false;
    expect((await audited(endpoint.url, { journal })).endpoint).toMatchObject({
      answers: 12,
      spent: { requests: 20 },
    });
  });

  it('sees that a model answers always the same, or nothing, or refuses, or says the prompt again', async () => {
    const same = await audited((await scripted(() => ({ body: chatAnswer(letters('same', 30)) }))).url);
    expect(same.counts).toMatchObject({ records: 12, repeated: 11 });
    expect(same.counts.contexts).toBeLessThanOrEqual(28);
    const nothing = await audited((await scripted(() => ({ body: chatAnswer('') }))).url);
    expect(nothing).toMatchObject({
      verdict: 'inconclusive',
      log10PValue: 0,
      counts: { empty: 12, contexts: 0 },
    });
    const refuses = await audited(
      (
        await scripted((asked) => ({
          body: chatAnswer('', { refusal: letters(asked.prompt, 20), finish: 'length' }),
        }))
      ).url,
    );
    expect(refuses.endpoint).toMatchObject({ refusals: 12, cut: 12 });
    const parrot = await audited((await scripted((asked) => ({ body: chatAnswer(asked.prompt) }))).url);
    expect(parrot.counts).toMatchObject({ contexts: 0, copied: 12 });
  });

  it('refuses the journal of another audit by name, a damaged one, and one that another process has', async () => {
    const journal = newJournal();
    const endpoint = await scripted(honest);
    await audited(endpoint.url, { journal, prompts: 2 });
    const other = await errorOf(
      audited(endpoint.url, { journal, prompts: 2, terms: { alpha: 1e-4 }, endpoint: { model: 'other' } }),
    );
    expect(other.code).toBe('journal-other');
    expect(other.details.join()).toContain('alpha: 0.001 was fixed, and it is 0.0001');
    expect(other.details.join()).toContain('endpoint.model: "suspect" was fixed, and it is "other"');
    const [header = '', ...lines] = readFileSync(journal, 'utf8').split('\n');
    const damaged = newJournal();
    writeFileSync(damaged, [header, 'what', ...lines].join('\n'));
    const error = await errorOf(audited(endpoint.url, { journal: damaged, prompts: 2 }));
    expect(error).toMatchObject({ code: 'journal-damaged', message: expect.stringContaining('line 2') });
    writeFileSync(damaged, [header.replace('0.001', '0.1'), ...lines].join('\n'));
    expect((await errorOf(audited(endpoint.url, { journal: damaged, prompts: 2 }))).message).toContain(
      'digest',
    );
    const held = newJournal();
    const slow = await scripted(async (asked) => {
      if (asked.number > 0) return honest(asked);
      const second = await errorOf(audited(endpoint.url, { journal: held }));
      return { body: chatAnswer(second.code) };
    });
    await audited(slow.url, { journal: held, prompts: 1, questions: [{ prompt: letters('a', 4) }] }).catch(
      // The word is none of the laboratory's letters.
      () => undefined,
    );
    expect(JSON.stringify(linesOf(held))).toContain('journal-held');
    expect(endpoint.asked).toHaveLength(2);
  });

  it('cuts off a last line that was half written, and counts what it asked for as spent', async () => {
    const journal = newJournal();
    const endpoint = await scripted(honest);
    await audited(endpoint.url, { journal, prompts: 3 });
    const whole = linesOf(journal);
    const written = whole.findIndex((line) => line.kind === 'answer' && line['answer'] === 2);
    // Killed while the last answer was written.
    const kept = whole.slice(0, written).map((line) => JSON.stringify(line));
    writeFileSync(journal, `${kept.join('\n')}\n`);
    appendFileSync(journal, JSON.stringify(whole[written]).slice(0, 40));
    const result = await audited(endpoint.url, { journal, prompts: 3 });
    expect(endpoint.asked).toHaveLength(4);
    expect(result.endpoint.spent).toMatchObject({ requests: 4, input: 30 + 96, output: 60 + 40 });
    expect(countOf(journal, 'answer')).toBe(3);
  });
});

describe('the budget of an audit', () => {
  it.each([
    ['requests', { requests: 5 }, 5],
    // A request is bounded by 96 + 40 tokens and costs 30: the fifth is not sent, since it might exceed 250.
    ['tokens', { requests: 1000, tokens: 250 }, 4],
    ['money', { requests: 1000, cost: 0.5, priceInput: 1000, priceOutput: 2000 }, 7],
  ] as const)('is never exceeded in %s', async (_, budget, answers) => {
    const endpoint = await scripted(honest);
    const journal = newJournal();
    const result = await audited(endpoint.url, {
      journal,
      prompts: 30,
      concurrency: 6,
      endpoint: { budget },
    });
    expect(result.endpoint).toMatchObject({ ended: 'budget', answers });
    expect(endpoint.asked).toHaveLength(answers);
    // What the law is of does not depend on the words: it holds.
    expect(result.basis).toBe('law');
    expect((await audited(endpoint.url, { journal, prompts: 30, endpoint: { budget } })).endpoint).toEqual(
      result.endpoint,
    );
    expect(endpoint.asked).toHaveLength(answers);
  });

  it('counts requests that failed', async () => {
    const endpoint = await scripted((asked) =>
      asked.number === 0 ? honest(asked) : { status: 500, body: {} },
    );
    const result = await audited(endpoint.url, { concurrency: 3, endpoint: { budget: { requests: 6 } } });
    expect(endpoint.asked).toHaveLength(6);
    expect(result.endpoint).toMatchObject({ ended: 'budget', answers: 1, spent: { requests: 6 } });
  });
});

describe('the API key of an endpoint', () => {
  it('goes to the endpoint, and nowhere else', async () => {
    const endpoint = await scripted((asked) => honest(asked));
    const journal = newJournal();
    const result = await audited(endpoint.url, { journal, apiKey: SECRET });
    expect(endpoint.asked.every(({ authorization }) => authorization === `Bearer ${SECRET}`)).toBe(true);
    expect(readFileSync(journal, 'utf8') + JSON.stringify(result)).not.toContain(SECRET);
  });

  it.each([
    [
      'in a code',
      { status: 401, body: { error: { code: SECRET, type: 'secret-0123456789', message: SECRET } } },
    ],
    ['in an answer', { body: chatAnswer(`you sent ${SECRET}`) }],
    ['escaped in an answer', { body: `{"a": "\\u0073${SECRET.slice(1)}", "choices": []}` }],
    ['as the model', { body: chatAnswer('x', { model: SECRET }) }],
    ['in a page', { body: `<html>${SECRET}</html>` }],
  ])('is kept out of journal and error where it is sent back %s', async (_, reply) => {
    const endpoint = await scripted(() => reply);
    const journal = newJournal();
    const error = await errorOf(audited(endpoint.url, { journal, apiKey: SECRET }));
    expect(error.code).toBe('endpoint-refused');
    const told = `${readFileSync(journal, 'utf8')}${error.message}${error.stack}${String(error.cause)}`;
    expect(told).not.toContain('0123456789');
    expect(endpoint.asked).toHaveLength(1);
  });
});

describe('an audit that may stop', () => {
  it('ends where the e-value reaches 1/alpha, rests on it, and says the same from its journal', async () => {
    // The endpoint is the marked model itself.
    const served = teacherAnswers(key, 40, 60, 'endpoint');
    const endpoint = await scripted(({ body }) => ({
      body: chatAnswer(LETTERS.decode(served[Number(body['seed'])] ?? [])),
    }));
    const journal = newJournal();
    const trial = { journal, prompts: 40, endpoint: { seed: 0 }, terms: { mayStop: true, alpha: 1e-6 } };
    const result = await audited(endpoint.url, trial);
    expect(result).toMatchObject({
      verdict: 'trace-found',
      basis: 'e-value',
      endpoint: { ended: 'e-value' },
    });
    // A few hundred tokens decide.
    expect(result.counts.tokens).toBeLessThan(600);
    expect(result.log10PValue).toBe(-result.log10EValue);
    expect(result).not.toHaveProperty('log10BudgetPValue');
    expect(endpoint.asked.length).toBeLessThan(40);
    expect(await audited(endpoint.url, trial)).toEqual(result);
  });

  it('has the exact p-value of the whole budget where nothing stopped it, and no verdict by it', async () => {
    const endpoint = await scripted(honest);
    const result = await audited(endpoint.url, { terms: { mayStop: true } });
    const fixed = await audited((await scripted(honest)).url);
    expect(result).toMatchObject({ basis: 'e-value', endpoint: { ended: 'complete' } });
    expect(result.log10BudgetPValue).toBe(fixed.log10PValue);
    expect(fixed).toMatchObject({ basis: 'law' });
    expect(fixed).not.toHaveProperty('log10BudgetPValue');
  });
});

describe('an audit of served contexts', () => {
  const collector = new ContextCollector(key);
  for (const tokenIds of teacherAnswers(key, 40, 60, 'endpoint'))
    collector.add({ segments: [tokenIds], isText: false });
  const served = ContextSet.parse([collector.format()]);
  collector.close();
  const terms = { filter: served.sha256 };

  it('counts what was served of the answers, by the set that was fixed beforehand', async () => {
    const endpoint = await scripted(honest);
    const result = await audited(endpoint.url, { served, terms });
    expect(result).toMatchObject({ basis: 'e-value', served: { answers: 40 } });
    expect(result.counts.notServed).toBeGreaterThan(0);
  });

  it.each([
    ['that may stop early', { served, terms: { ...terms, mayStop: true } }, 'a bound at the end alone'],
    ['by another set', { served, terms: { filter: '0'.repeat(64) } }, 'whose digest is "terms.filter"'],
    ['by none', { terms }, 'whose digest is "terms.filter"'],
  ])('is refused %s, before anybody is asked', async (_, trial, message) => {
    const endpoint = await scripted(honest);
    const journal = newJournal();
    await expect(audited(endpoint.url, { journal, ...trial })).rejects.toThrow(message);
    expect(endpoint.asked).toEqual([]);
    expect(existsSync(journal)).toBe(false);
  });
});
