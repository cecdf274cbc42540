import { type Passing, passingOf, repeat } from '@countermark/host';
import { describe, expect, it } from 'vitest';

/** An error that says itself whether it passes. */
class Said extends Error {
  readonly passing: Passing | undefined;

  constructor(passing: Passing | undefined, options?: ErrorOptions) {
    super('said', options);
    this.passing = passing;
  }
}

const coded = (code: string, options?: ErrorOptions): Error =>
  Object.assign(new Error(code, options), { code });

describe('passingOf', () => {
  it('takes an error at its own word, whatever brought it about', () => {
    expect(passingOf(new Said({ afterMs: 7 }))).toEqual({ afterMs: 7 });
    expect(passingOf(new Said(undefined, { cause: coded('EIO') }))).toBeUndefined();
  });

  it('knows what passes by the codes of a system, also behind what a fetch throws', () => {
    for (const code of ['EIO', 'EMFILE', 'ECONNRESET', 'UND_ERR_SOCKET'])
      expect(passingOf(coded(code))).toEqual({});
    const fetched = new TypeError('fetch failed', {
      cause: new AggregateError([coded('ENOENT'), coded('EIO')]),
    });
    expect(passingOf(fetched)).toEqual({});
  });

  it('takes all else for final', () => {
    for (const error of [
      coded('ENOENT'),
      new Error('no'),
      new AggregateError([coded('ENOENT')]),
      'EIO',
      undefined,
    ])
      expect(passingOf(error)).toBeUndefined();
  });
});

describe('repeat', () => {
  it('asks whoever knows whether a failure passes, and gives what came at last', async () => {
    const asked: unknown[] = [];
    let attempts = 0;
    const work = async (): Promise<string> => {
      if (++attempts < 3) throw new Error(`attempt ${attempts}`);
      return 'done';
    };
    const isPassing = (error: unknown): Passing => {
      asked.push((error as Error).message);
      return {};
    };
    expect(await repeat(work, { isPassing })).toBe('done');
    expect(asked).toEqual(['attempt 1', 'attempt 2']);
  });

  it('ends with the first failure that is final, and with its signal', async () => {
    let attempts = 0;
    const final = repeat(async () => {
      attempts++;
      throw coded('ENOENT');
    });
    await expect(final).rejects.toMatchObject({ code: 'ENOENT' });
    expect(attempts).toBe(1);
    const abort = new AbortController();
    const waiting = repeat(() => Promise.reject(new Said({ afterMs: 200_000 })), { signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough of it')), 20);
    await expect(waiting).rejects.toThrow('enough of it');
  });

  it('leaves alone who asks for more than five minutes', async () => {
    await expect(repeat(() => Promise.reject(new Said({ afterMs: 300_001 })))).rejects.toThrow('said');
  });
});
