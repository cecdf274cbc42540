/** Results of the public tier that are given to others: what an address tells, to whom, and for how long. */
import type { WatermarkKey } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Answer, keyFor, markedText, type Served, serve } from './detection-server.ts';

const BUDGET = 8;
const DAY_MS = 24 * 3600 * 1000;
const UNMARKED = `It is said that the ${'river'} rose. ${Array.from({ length: 300 }, (_, i) => `Line ${i * i} of the ledger names ship ${i}`).join(', ')}.`;

interface Address {
  readonly id: string;
  readonly path: string;
  readonly expires: string;
}

let served: Served;
let key: WatermarkKey;
let marked: string;
beforeAll(async () => {
  served = await serve({ COUNTERMARK_PUBLIC_BUDGET: String(BUDGET), COUNTERMARK_SHARED_DAYS: '2' });
  key = await keyFor('demo', 'shared results');
  await served.server.store.keys.add(key, 'open', true);
  marked = await markedText(key, 'somebody', 500);
}, 120_000);
afterAll(() => served.close());

let next = 0;
const ask = (body: unknown, from = `198.51.100.${++next}`): Promise<Answer> =>
  served.detect(body, undefined, from);
const addressOf = ({ json }: Answer): Address => json['shared'] as Address;
const read = (id: string): Promise<Answer> => served.call('GET', `/v1/shared-results/${id}`);
const compare = (id: string, text: string, from = `198.51.100.${++next}`): Promise<Answer> =>
  served.call('POST', `/v1/shared-results/${id}/comparisons`, { body: { text }, from });

describe('the address of a result', () => {
  it.each([
    ['detected', 6, () => marked],
    ['not-detected', 0, () => UNMARKED],
  ] as const)(
    'tells whoever has it of a text that is %s, and nothing else',
    async (verdict, strength, text) => {
      const answer = await ask({ text: text(), share: true });
      expect(answer.status).toBe(200);
      const { id, path, expires } = addressOf(answer);
      expect(answer.json).toEqual({
        object: 'public-detection',
        verdict,
        strength,
        minTokens: 200,
        shared: { id, path, expires },
      });
      expect(path).toBe(`/result#${id}`);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const found = await read(id);
      const { tested } = found.json as { tested: string };
      expect(found.json).toEqual({
        object: 'shared-result',
        verdict,
        strength,
        minTokens: 200,
        keys: 1,
        tested,
        expires,
      });
      expect(found.headers.get('cache-control')).toBe('no-store');
      expect(tested).toMatch(/:00\.000Z$/);
      expect(Date.parse(expires) - Date.parse(tested)).toBe(2 * DAY_MS);
    },
  );

  it('has an id that tells nothing by itself, of one length, another each time', async () => {
    const ids = [];
    for (const text of [marked, UNMARKED, marked, UNMARKED])
      ids.push(addressOf(await ask({ text, share: true })).id);
    expect(new Set(ids).size).toBe(4);
    // The verdict and the hash of the text are sealed: no bytes of two ids agree but those of the version.
    const [one = Buffer.alloc(0), other = Buffer.alloc(0)] = [ids[0], ids[2]].map((id = '') =>
      Buffer.from(id, 'base64url'),
    );
    expect(one.length).toBe(other.length);
    const same = one.filter((byte, i) => byte === other[i]).length;
    // Of n random bytes one in 256 agrees: 12 of some 130 have a probability below 1e-9.
    expect(same).toBeLessThan(12);
    expect(new Set(ids.map((id) => id.length)).size).toBe(1);
  });

  it('is given only where it is asked for, for texts that were tested, in the public tier', async () => {
    expect((await ask({ text: marked })).json).not.toHaveProperty('shared');
    expect((await ask({ text: marked, share: false })).json).not.toHaveProperty('shared');
    expect((await ask({ text: 'A short text.', share: true })).json).toEqual({
      object: 'public-detection',
      verdict: 'inconclusive',
      strength: 0,
      minTokens: 200,
    });
    const ids = await ask({ tokenIds: [1, 2, 3], share: true });
    expect({ status: ids.status, json: ids.json }).toMatchObject({
      status: 400,
      json: { error: { param: 'share' } },
    });
    const token = await served.token('detect');
    const known = await served.detect({ text: marked, share: true }, token);
    expect({ status: known.status, json: known.json }).toMatchObject({
      status: 422,
      json: { error: { param: 'share' } },
    });
  });

  it('opens neither changed, nor cut, nor made up, nor after its time', async () => {
    const { id, expires } = addressOf(await ask({ text: marked, share: true }));
    const bytes = Buffer.from(id, 'base64url');
    for (let i = 0; i < bytes.length; i += 7) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect((await read(changed.toString('base64url'))).status).toBe(404);
    }
    expect((await read(id.slice(0, -4))).status).toBe(404);
    expect((await read('A'.repeat(120))).status).toBe(404);
    expect((await read('A'.repeat(59))).status).toBe(400);
    expect((await read(id)).status).toBe(200);
    const late = vi.spyOn(Date, 'now').mockReturnValue(Date.parse(expires));
    try {
      expect((await read(id)).status).toBe(404);
      late.mockReturnValue(Date.parse(expires) - 1);
      expect((await read(id)).status).toBe(200);
    } finally {
      late.mockRestore();
    }
  });

  it('is no other server’s, and no server’s that gives none', async () => {
    const { id } = addressOf(await ask({ text: marked, share: true }));
    const other = await serve({ COUNTERMARK_SHARED_DAYS: '0' });
    try {
      await other.server.store.keys.add(key, 'open', true);
      expect((await other.call('GET', `/v1/shared-results/${id}`)).status).toBe(404);
      const refused = await other.detect({ text: marked, share: true });
      expect({ status: refused.status, json: refused.json }).toMatchObject({
        status: 422,
        json: { error: { param: 'share' } },
      });
      expect((await other.call('GET', '/')).text).not.toContain('data-share');
    } finally {
      await other.close();
    }
  });

  it('leaves no text, hash or id in the database or the log', async () => {
    const { id } = addressOf(await ask({ text: marked, share: true }));
    await read(id);
    await compare(id, marked);
    const rows = await served.server.store.database.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'countermark'",
    );
    expect(rows.length).toBeGreaterThan(5);
    for (const { name } of rows) {
      const kept = await served.server.store.database.query(`select * from countermark.${name}`);
      expect(JSON.stringify(kept)).not.toContain(id);
      expect(JSON.stringify(kept)).not.toContain(marked.slice(30, 80));
    }
    expect(served.log()).toContain('/v1/shared-results/{id}');
    expect(served.log()).not.toContain(id);
    expect(served.log()).not.toContain(marked.slice(30, 80));
  });
});

describe('the comparison of a text with a result', () => {
  it('says whether it is the text, white space and normal form aside', async () => {
    const text = `${UNMARKED} Café.`;
    const { id } = addressOf(await ask({ text, share: true }));
    const same = async (given: string): Promise<unknown> => (await compare(id, given)).json;
    expect(await same(text)).toEqual({ object: 'comparison', same: true });
    expect(await same(`\n  ${text.replaceAll(' ', ' \n ').normalize('NFD')}\t`)).toEqual({
      object: 'comparison',
      same: true,
    });
    expect(await same(text.replace('river', 'River'))).toEqual({ object: 'comparison', same: false });
    expect(await same(text.slice(0, -1))).toEqual({ object: 'comparison', same: false });
    expect(await same('')).toEqual({ object: 'comparison', same: false });
  });

  it('costs what testing the text would, and nothing for whoever has no budget', async () => {
    const { id } = addressOf(await ask({ text: marked, share: true }));
    const from = '203.0.113.9';
    for (let i = 0; i < BUDGET; i++) expect((await compare(id, `guess ${i}`, from)).status).toBe(200);
    const refused = await compare(id, marked, from);
    expect(refused.status).toBe(429);
    expect(refused.json).not.toHaveProperty('same');
    expect((await compare('A'.repeat(120), marked)).status).toBe(404);
    const token = await served.token('detect');
    const answer = await served.call('POST', `/v1/shared-results/${id}/comparisons`, {
      body: { text: marked },
      token,
    });
    expect(answer.json).toEqual({ object: 'comparison', same: true });
  });
});
