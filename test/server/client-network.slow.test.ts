/** By what the public tier counts clients: addresses as proxies give them. */
import { describe, expect, it } from 'vitest';
import { keyFor, serve } from './detection-server.ts';

describe('X-Forwarded-For', () => {
  it.each([
    ['an IPv4 address with its port', (i: number) => `192.0.2.7:${4000 + i}`],
    ['an IPv6 address in brackets with its port', (i: number) => `[2001:db8::${i}]:${4000 + i}`],
    ['an IPv6 address in brackets', (i: number) => `[2001:db8::${i}]`],
  ])('of %s is one client', async (_, from) => {
    const served = await serve({ COUNTERMARK_PUBLIC_BUDGET: '2', COUNTERMARK_MODEL: 'none' });
    await served.server.store.keys.add(await keyFor('demo', 'ports'), 'ports', true);
    const statuses: number[] = [];
    for (let i = 1; i <= 3; i++) {
      statuses.push((await served.detect({ text: `a text ${i}` }, undefined, from(i))).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
    await served.close();
  });
});
