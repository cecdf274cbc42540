/** Whose completion it is: the tenant's, or the account that an engine's key names where the setting says. */
import { AccountTracer } from '@countermark/detector';
import { readSettings } from '@countermark/server';
import { seededRandom, WatermarkKey } from '@countermark/watermark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDemo } from '../support/demo.ts';
import { secretFrom } from '../support/random-key.ts';
import { runServer, type TestServer } from './test-server.ts';

const demo = await openDemo();
const newKey = (): WatermarkKey =>
  new WatermarkKey(demo.params(), secretFrom(seededRandom('named accounts')));
const SUSPECTS = ['alice', 'müller 東京', 'mallory', 'gateway-tenant', 'customer-tenant'];

afterAll(() => demo.close());

/** The accounts that texts name together. */
function namedIn(texts: readonly string[]): string[] {
  const tracer = new AccountTracer(newKey(), { tokenizer: demo.tokenizer });
  try {
    for (const text of texts) tracer.add(text);
    const { documents, pooled } = tracer.trace(SUSPECTS);
    return (pooled ?? documents[0]!).named.map(({ account }) => account);
  } finally {
    tracer.close();
  }
}

describe.each(['tenant', 'user', 'safety_identifier', 'header:X-Customer'])(
  'with accounts from %s',
  (source) => {
    let server: TestServer;
    let gateway: string;
    let customer: string;

    beforeAll(async () => {
      server = await runServer({ COUNTERMARK_ACCOUNT_FROM: source, COUNTERMARK_THREADS: '1' });
      await server.store.keys.add(newKey(), 'demo', false);
      gateway = await server.newToken(['sample', 'engine'], 'gateway-tenant');
      customer = await server.newToken(['sample'], 'customer-tenant');
    }, 60_000);

    afterAll(() => server.close());

    async function complete(
      token: string,
      fields: object,
      headers: Record<string, string> = {},
      path = '/v1/completions',
    ) {
      const prompt = 'The state of the nation is';
      const forms: Record<string, object> = {
        '/v1/completions': { prompt, max_tokens: 250 },
        '/v1/chat/completions': { messages: [{ role: 'user', content: prompt }], max_tokens: 250 },
        '/v1/responses': { input: prompt, max_output_tokens: 250 },
      };
      const body = { model: 'demo', ...forms[path], ...fields };
      const { status, json } = await server.call(path, { method: 'POST', token, body, headers });
      return { status, json: json as Record<string, never> };
    }

    const textOf = ({ json }: { json: Record<string, never> }): string => {
      const { choices, output } = json as unknown as {
        choices?: { text?: string; message?: { content: string } }[];
        output?: { content: { text: string }[] }[];
      };
      return choices?.[0]?.text ?? choices?.[0]?.message?.content ?? output?.[0]?.content[0]?.text ?? '';
    };

    /** Answers of 1,500 characters together: some are of a few words, which name nobody. */
    async function answersTo(...asked: Parameters<typeof complete>): Promise<string[]> {
      const texts: string[] = [];
      while (texts.join('').length < 1500) {
        const answer = await complete(...asked);
        expect(answer.status).toBe(200);
        texts.push(textOf(answer));
      }
      return texts;
    }

    /** The account named where this server looks; all else is named falsely. */
    const naming = (account: string) => ({
      fields: Object.fromEntries(
        ['user', 'safety_identifier'].map((field) => [field, field === source ? account : 'mallory']),
      ),
      headers: {
        'x-customer': Buffer.from(source.startsWith('header:') ? account : 'mallory').toString('latin1'),
      },
    });

    it.each(['/v1/completions', '/v1/chat/completions', '/v1/responses'])(
      'marks %s of a gateway for the account that it names there, and for its tenant where it names none',
      async (path) => {
        for (const account of ['alice', 'müller 東京']) {
          const { fields, headers } = naming(account);
          const answers = await answersTo(gateway, fields, headers, path);
          expect(namedIn(answers)).toEqual([source === 'tenant' ? 'gateway-tenant' : account]);
        }
        expect(namedIn(await answersTo(gateway, {}, {}, path))).toEqual(['gateway-tenant']);
      },
    );

    it('lets no customer name another account', async () => {
      const { fields, headers } = naming('alice');
      const without = await answersTo(customer, { ...fields, user: 'alice', safety_identifier: 'alice' });
      expect(namedIn(without)).toEqual(['customer-tenant']);
      if (source.startsWith('header:')) {
        const withHeader = await complete(customer, fields, headers);
        expect(withHeader.status).toBe(403);
        expect(JSON.stringify(withHeader.json)).not.toContain('alice');
      } else expect(namedIn(await answersTo(customer, fields, headers))).toEqual(['customer-tenant']);
    });

    if (source !== 'tenant') {
      it('refuses a name that cannot be one, without repeating it', async () => {
        const long = 'secret'.repeat(50);
        const names = source.startsWith('header:') ? ['', long] : ['', long, '\ud800', 5, { secret: 1 }];
        for (const name of names) {
          const { status, json } = source.startsWith('header:')
            ? await complete(gateway, {}, { 'x-customer': String(name) })
            : await complete(gateway, { [source]: name });
          expect(status, JSON.stringify(name)).toBe(400);
          expect(JSON.stringify(json)).not.toContain('secret');
        }
        // Null means "not given".
        if (!source.startsWith('header:')) {
          expect(namedIn(await answersTo(gateway, { [source]: null }))).toEqual(['gateway-tenant']);
        }
      });
    }

    if (source.startsWith('header:')) {
      it('refuses two names, whichever of them the gateway wrote', async () => {
        const headers = new Headers([
          ['x-customer', 'mallory'],
          ['x-customer', 'alice'],
        ]);
        // As one field with a comma it is one name, of no account that there is.
        expect(headers.get('x-customer')).toBe('mallory, alice');
        const { request } = await import('node:http');
        const status = await new Promise<number>((resolve, reject) => {
          const sent = request(
            `${server.url}/v1/completions`,
            {
              method: 'POST',
              headers: [
                ...['authorization', `Bearer ${gateway}`, 'content-type', 'application/json'],
                ...['X-Customer', 'mallory', 'x-customer', 'alice'],
              ],
            },
            (response) => {
              response.resume();
              resolve(response.statusCode ?? 0);
            },
          );
          sent.on('error', reject);
          sent.end(JSON.stringify({ model: 'demo', prompt: 'The state of the nation is' }));
        });
        expect(status).toBe(400);
      });
    }
  },
);

describe('the setting', () => {
  it.each([
    'users',
    'header:',
    'header:a b',
    'header:Authorization',
    'header:cookie',
    'USER',
    'header:X-Forwarded-For',
  ])('refuses %s', (value) => {
    expect(() => readSettings({ COUNTERMARK_ACCOUNT_FROM: value })).toThrow(/COUNTERMARK_ACCOUNT_FROM/);
  });
});
