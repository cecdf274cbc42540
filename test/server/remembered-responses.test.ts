/** How much the server remembers of responses, and for whom. */
import { describe, expect, it } from 'vitest';
import { keyFrom } from '../support/random-key.ts';
import { startSamplingServer } from './sampling-server.ts';

// What docs/server.md says: this many steps together, where a response counts for 50 beside its own.
const MOST_STEPS = 2_000_000;
const STEPS_OF_A_NEW_ONE = 51;
// Four lists and objects a sequence, of at most 10,000 in one JSON body.
const A_CALL = 2_000;
const key = keyFrom('remembered', 100, { contextWidth: 1, commonShare: 1, accountShare: 0 });

const server = await startSamplingServer({
  COUNTERMARK_MAX_SEQUENCES: `${A_CALL}`,
  COUNTERMARK_MODEL: 'none',
  COUNTERMARK_SCAN_WORKER: '0',
});
await server.store.keys.add(key, 'remembered', false);

function sample(token: string, responseIds: readonly string[], accountId = 'customer') {
  const sequences = responseIds.map((responseId) => ({
    context: [1],
    responseId,
    accountId,
    tokenIds: [2, 3],
    logits: [0, 0],
  }));
  return server.call('/v1/watermark/sample', {
    method: 'POST',
    token,
    body: { keyId: key.keyId, sequences },
  });
}

/** Whether a response is remembered: another account is refused then. Where it is not, it begins anew. */
async function isRemembered(token: string, responseId: string): Promise<boolean> {
  const { status } = await sample(token, [responseId], 'another');
  expect([200, 409]).toContain(status);
  return status === 409;
}

/** Begins so many responses. */
async function begin(token: string, count: number, name: string): Promise<void> {
  for (let first = 0; first < count; first += A_CALL) {
    const ids = Array.from({ length: Math.min(A_CALL, count - first) }, (_, i) => `${name} ${first + i}`);
    expect((await sample(token, ids)).status).toBe(200);
  }
}

const ALL = Math.floor(MOST_STEPS / STEPS_OF_A_NEW_ONE);

describe('remembered responses', () => {
  it('are as many as there is room for, those used last, of a tenant that is alone', async () => {
    const alone = await server.newToken(['engine'], 'alone');
    await begin(alone, ALL, 'alone');
    expect(await isRemembered(alone, 'alone 0')).toBe(true);
    // Being refused is no use of it; this is.
    expect((await sample(alone, ['alone 1'])).status).toBe(200);
    await begin(alone, 2, 'one more');
    expect(await isRemembered(alone, `alone ${ALL - 1}`)).toBe(true);
    expect(await isRemembered(alone, 'alone 1')).toBe(true);
    expect(await isRemembered(alone, 'alone 0')).toBe(false);
  });

  it('are not pushed out by another tenant, however many that begins', async () => {
    const small = await server.newToken(['engine'], 'small');
    const large = await server.newToken(['engine'], 'large');
    await begin(small, 3, 'small');
    await begin(large, ALL + 3, 'large');
    for (const id of [0, 1, 2]) expect(await isRemembered(small, `small ${id}`)).toBe(true);
    expect(await isRemembered(large, 'large 0')).toBe(false);
    expect(await isRemembered(large, `large ${ALL + 2}`)).toBe(true);
  });

  it('are not reached by another tenant, nor by another API key of the same one', async () => {
    const mine = await server.newToken(['engine'], 'mine');
    await begin(mine, 1, 'same');
    for (const tenant of ['mine', 'theirs']) {
      const other = await server.newToken(['engine'], tenant);
      expect(await isRemembered(other, 'same 0')).toBe(false);
    }
    expect(await isRemembered(mine, 'same 0')).toBe(true);
  });
});
